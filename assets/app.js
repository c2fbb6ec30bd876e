// What pages gain where script runs: forms that are sent once, errors that take the focus, live
// figures, printing, reading aloud. Everything works without it.
(function () {
  "use strict";
  var body = document.body, words = body.dataset;

  // A form is sent once; its key makes a second sending the same operation anyway.
  function lock(form) {
    var button = form.querySelector("button[type=submit]");
    if (!button || button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    button.setAttribute("aria-disabled", "true");
    var note = document.createElement("p");
    note.className = "caption";
    note.setAttribute("role", "status");
    button.after(note);
    setTimeout(function () { note.textContent = words.wait; }, 400);
    setTimeout(function () { note.textContent = words.slow; }, 8000);
    setTimeout(function () { unknown(form, note); }, 20000);
  }
  function unknown(form, note) {
    var op = form.querySelector("input[name=op]");
    note.className = "callout callout-wait";
    note.textContent = words.unknown + " ";
    if (op) {
      var link = document.createElement("a");
      link.href = "/result/" + encodeURIComponent(op.value);
      link.textContent = words.check;
      note.append(link);
    }
  }
  function unlock() {
    document.querySelectorAll("[aria-busy=true]").forEach(function (button) {
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
      var note = button.nextElementSibling;
      if (note && note.getAttribute("role") === "status") note.remove();
    });
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.hasAttribute("data-once")) return;
    if (form.dataset.sent === "1") { event.preventDefault(); return; }
    form.dataset.sent = "1";
    lock(form);
  });
  // Back from the cache of the browser: the form may be sent again, with the same key.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
    unlock();
  });

  var summary = document.getElementById("summary");
  if (summary) summary.focus();

  document.addEventListener("click", function (event) {
    var print = event.target.closest("[data-print]");
    if (print) { event.preventDefault(); window.print(); return; }
    var read = event.target.closest("[data-read]");
    if (read) { event.preventDefault(); speak(read); }
  });

  // Only the device's own voice; where there is none the button stays hidden.
  function speak(button) {
    var said = new SpeechSynthesisUtterance(button.dataset.read);
    said.lang = document.documentElement.lang;
    said.rate = 0.85;
    speechSynthesis.cancel();
    speechSynthesis.speak(said);
  }
  function offerVoice() {
    document.querySelectorAll("[data-read]").forEach(function (button) { button.hidden = false; });
  }
  if ("speechSynthesis" in window) {
    offerVoice();
    document.addEventListener("htmx:load", offerVoice);
  }

  // Changes of the village: parts of the page that wait for "ledger" fetch themselves again.
  if (words.live && "EventSource" in window && document.querySelector("[hx-trigger*=ledger]")) {
    var changes = new EventSource(words.live), timer;
    var tell = function () {
      clearTimeout(timer);
      timer = setTimeout(function () {
        if (window.htmx) htmx.trigger(body, "ledger");
      }, 150);
    };
    changes.addEventListener("change", tell);
    changes.addEventListener("lagged", tell);
  }

  var script = document.currentScript;
  if ("serviceWorker" in navigator && script && script.dataset.worker) {
    navigator.serviceWorker.register(script.dataset.worker).catch(function () {});
  }
})();
