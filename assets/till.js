// The till where script runs: scans one after another while the box keeps the focus, the keypad,
// whether there is a network. Without it the same forms work by themselves.
(function () {
  "use strict";
  var form = document.getElementById("till");
  var scan = document.getElementById("scan");

  // A scanner is faster than the network: each step waits its turn, and takes the cart as the
  // step before left it.
  var turn = Promise.resolve(), last = { code: "", at: 0 };
  function say(text) {
    var said = document.getElementById("said");
    if (said) said.textContent = text || "";
  }
  function step(values) {
    turn = turn.then(function () {
      return htmx.ajax("POST", "/till", {
        source: form, target: "#sale", select: "#sale", swap: "outerHTML", values: values
      });
    }).then(settle, settle);
  }
  function settle() {
    var sale = document.getElementById("sale"), box = document.getElementById("scanner");
    if (!sale) return;
    var fault = document.getElementById("fault");
    box.classList.toggle("scanner-bad", Boolean(fault));
    say(sale.dataset.said);
    online();
    if (!document.querySelector("button[name=pick]")) scan.focus({ preventScroll: true });
  }
  function blocked() {
    if (navigator.onLine) return false;
    online();
    return true;
  }
  if (form && scan && window.htmx) {
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (blocked()) return;
      var button = event.submitter, values = {};
      if (button && button.name) values[button.name] = button.value;
      var code = scan.value.trim();
      if (!button || !button.name) {
        // The same code twice within two seconds is the scanner's slip, not another piece.
        var now = Date.now(), sale = document.getElementById("sale");
        scan.value = "";
        if (code && code === last.code && now - last.at < 2000) { say(sale.dataset.again); return; }
        last = { code: code, at: now };
        values.scan = code;
      } else {
        values.scan = "";
      }
      step(values);
    });
    // Whatever is typed belongs in the box, wherever the focus was left.
    document.addEventListener("keydown", function (event) {
      var at = document.activeElement;
      var typing = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (typing && event.key !== " " && at !== scan) scan.focus({ preventScroll: true });
    });
    document.addEventListener("click", function (event) {
      if (!event.target.closest("a,button,input,select,summary")) scan.focus({ preventScroll: true });
    });
    window.addEventListener("pageshow", function () { scan.value = ""; scan.focus(); });
    document.addEventListener("click", function (event) {
      var pay = event.target.closest("#pay[href]");
      if (pay && blocked()) event.preventDefault();
    });
  }

  // Whether there is a network, in words; without one nothing can be sold.
  function online() {
    var banner = document.getElementById("network"), words = document.getElementById("network-words");
    if (!banner) return;
    if (!banner.dataset.online) banner.dataset.online = words.textContent;
    var off = !navigator.onLine;
    banner.classList.toggle("banner-offline", off);
    words.textContent = off ? banner.dataset.offline : banner.dataset.online;
    var use = banner.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, off ? "#i-wifi-off" : "#i-wifi"));
    var pay = document.getElementById("pay");
    if (pay && off) pay.setAttribute("aria-disabled", "true");
    else if (pay) pay.removeAttribute("aria-disabled");
  }
  window.addEventListener("online", online);
  window.addEventListener("offline", online);
  online();

  // The keypad types into the hidden field; only dots are shown, and only their number is told.
  var pin = document.getElementById("pin"), pad = document.querySelector(".keypad");
  if (pin && pad) {
    var dots = document.querySelector(".dots"), field = document.querySelector(".pin-field");
    pad.hidden = dots.hidden = false;
    field.classList.add("hidden-text");
    var show = function () {
      var typed = pin.value.length;
      Array.prototype.forEach.call(dots.children, function (dot, n) { dot.classList.toggle("on", n < typed); });
      dots.setAttribute("aria-label", dots.dataset.typed.replace("{n}", typed));
    };
    pin.addEventListener("input", function () { pin.value = pin.value.replace(/\D/g, "").slice(0, 6); show(); });
    pad.addEventListener("click", function (event) {
      var key = event.target.closest("[data-key]");
      if (!key) return;
      var word = key.dataset.key;
      if (word === "clear") pin.value = "";
      else if (word === "back") pin.value = pin.value.slice(0, -1);
      else if (pin.value.length < 6) pin.value += word;
      show();
      pin.focus({ preventScroll: true });
    });
    window.addEventListener("pageshow", function () { pin.value = ""; show(); pin.focus({ preventScroll: true }); });
    show();
  }

  // Some browsers inside other programs cannot print.
  var note = document.getElementById("no-print-here");
  if (note && (!window.print || /MicroMessenger/i.test(navigator.userAgent))) note.hidden = false;
})();
