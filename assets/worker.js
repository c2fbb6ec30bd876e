// What stays on the device: this version's stylesheet, scripts and pictures, and the page for when
// there is no network. Pages of people are never kept.
"use strict";
var ASSETS = "{assets}", CACHE = "wenming-{assets}-{words}", OFFLINE = "/offline";
var FIRST = ["app.css", "app.js", "htmx.min.js", "icons.svg", "favicon.svg"].map(function (name) {
  return "/assets/" + name + "?v=" + ASSETS;
});

function keepOffline() {
  return caches.open(CACHE).then(function (cache) {
    return cache.add(new Request(OFFLINE, { cache: "reload" }));
  });
}

self.addEventListener("install", function (event) {
  event.waitUntil(
    caches.open(CACHE)
      .then(function (cache) { return cache.addAll(FIRST); })
      .then(keepOffline)
      .then(function () { return self.skipWaiting(); })
  );
});

self.addEventListener("activate", function (event) {
  event.waitUntil(
    caches.keys()
      .then(function (names) {
        var old = names.filter(function (name) { return name.indexOf("wenming-") === 0 && name !== CACHE; });
        return Promise.all(old.map(function (name) { return caches.delete(name); }));
      })
      .then(function () { return self.clients.claim(); })
  );
});

// The network has the last word on pages. A form is left to the browser: it asks before it sends
// one again, and its key makes the second sending the same operation.
function fromNetwork(event, url) {
  var looks = url.pathname === "/look";
  return fetch(event.request).then(
    function (response) {
      // Language, size or theme may be another one now.
      if (looks) event.waitUntil(keepOffline().catch(function () {}));
      return response;
    },
    function () {
      return caches.match(OFFLINE).then(function (page) { return page || Response.error(); });
    }
  );
}

function fromDevice(request) {
  return caches.open(CACHE).then(function (cache) {
    return cache.match(request).then(function (kept) {
      return kept || fetch(request).then(function (response) {
        if (response.ok) cache.put(request, response.clone());
        return response;
      });
    });
  });
}

self.addEventListener("fetch", function (event) {
  var request = event.request, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fromNetwork(event, url));
  else if (url.pathname.indexOf("/assets/") === 0 && url.search === "?v=" + ASSETS) event.respondWith(fromDevice(request));
});
