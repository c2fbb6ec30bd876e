// The award sheet where script runs: Enter goes down, blocks are pasted into the fields, the sum
// runs along, and what was typed is kept on this device until it is sent.
(function () {
  "use strict";
  var done = document.querySelector("[data-draft-done]");
  if (done) { try { localStorage.removeItem(done.dataset.draftDone); } catch (e) { /* none kept */ } }
  var form = document.querySelector("form[data-sheet]");
  if (!form) return;
  var key = form.dataset.sheet, rate = parseInt(form.dataset.rate, 10);
  var fields = Array.prototype.slice.call(form.querySelectorAll("input[data-code]"));
  var byCode = {};
  fields.forEach(function (field) { byCode[field.dataset.code] = field; });
  var total = document.getElementById("total"), kept = document.getElementById("kept");
  var pasted = document.getElementById("pasted");

  function fill(pattern, figures) {
    return pattern.replace(/\{(\w+)\}/g, function (_, name) { return figures[name]; });
  }
  // Whole hundredths, as the ledger counts; null for what is no quantity.
  function hundredths(text) {
    var parts = /^(\d{1,5})(?:\.(\d{1,2}))?$/.exec(text);
    return parts ? parseInt(parts[1], 10) * 100 + parseInt(((parts[2] || "") + "00").slice(0, 2), 10) : null;
  }
  function plain(text) {
    return text.replace(/[０-９]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 0xFEE0); })
      .replace(/[．。]/g, ".").replace(/[^\d.]/g, "");
  }
  function shown(points) {
    var text = Math.floor(points / 100).toString().replace(/\B(?=(\d{3})+$)/g, ",");
    var part = (points % 100 + 100).toString().slice(1).replace(/0+$/, "");
    return part ? text + "." + part : text;
  }
  function pointsOf(field) {
    var quantity = hundredths(field.value);
    return quantity === null ? null : Math.floor(rate * quantity / 100);
  }
  function mark(field) {
    var points = pointsOf(field), output = field.closest("tr").querySelector("output");
    var left = field.dataset.left, over = left !== "" && points !== null && points > hundredths(left);
    var bad = field.value !== "" && points === null;
    output.textContent = points === null ? "—" : shown(points);
    field.closest("tr").className = bad ? "row-bad" : over ? "row-warn" : "";
    if (bad) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
    return over;
  }
  function count() {
    var n = 0, sum = 0, over = 0;
    fields.forEach(function (field) {
      if (mark(field)) over += 1;
      var points = pointsOf(field);
      if (points) { n += 1; sum += points; }
    });
    total.hidden = n === 0;
    total.textContent = fill(form.dataset.filled, { n: n, sum: shown(sum) }) + (over ? fill(form.dataset.over, { n: over }) : "");
  }
  var saving;
  function keep() {
    clearTimeout(saving);
    saving = setTimeout(function () {
      var values = {};
      fields.forEach(function (field) { if (field.value) values[field.dataset.code] = field.value; });
      try {
        if (Object.keys(values).length) {
          localStorage.setItem(key, JSON.stringify({ at: Date.now(), date: form.dataset.date, values: values }));
          kept.textContent = form.dataset.saved;
        } else { localStorage.removeItem(key); kept.textContent = ""; }
      } catch (e) { kept.textContent = ""; }
    }, 300);
  }
  function changed() { count(); keep(); }

  form.addEventListener("input", function (event) {
    var field = event.target;
    if (!field.dataset.code) return;
    if (!event.isComposing) {
      var value = plain(field.value);
      if (value !== field.value) field.value = value;
    }
    changed();
  });
  form.addEventListener("keydown", function (event) {
    var at = fields.indexOf(event.target);
    if (at < 0 || event.isComposing) return;
    var step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    var next = fields[at + step];
    if (next) { next.focus(); next.select(); }
    else if (step > 0) form.querySelector("button[value=preview]").focus();
  });

  // One column goes down from the field; two or more go by the code in front.
  form.addEventListener("paste", function (event) {
    var at = fields.indexOf(event.target);
    var text = event.clipboardData ? event.clipboardData.getData("text") : "";
    if (at < 0 || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    var faults = [], placed = 0;
    text.replace(/\r/g, "").split("\n").forEach(function (line, index) {
      if (!line.trim()) return;
      var cells = line.split(/[\t,，;；]/).map(function (cell) { return cell.trim(); });
      var value = plain(cells[cells.length - 1]), code = cells.length > 1 ? cells[0] : null;
      var field = code === null ? fields[at++] : byCode[code];
      var say = { n: index + 1, code: code, text: cells[cells.length - 1] };
      if (index === 0 && code !== null && hundredths(value) === null) return;
      if (!field) faults.push(fill(code === null ? form.dataset.beyond : form.dataset.unknownCode, say));
      else if (hundredths(value) === null) faults.push(fill(form.dataset.badNumber, say));
      else { field.value = value; placed += 1; }
    });
    tell(fill(form.dataset.placed, { n: placed }), faults);
    changed();
  });
  function tell(first, faults) {
    pasted.className = "callout " + (faults.length ? "callout-wait" : "callout-ok");
    var box = document.createElement("div");
    [first].concat(faults).forEach(function (said) {
      var line = document.createElement("p");
      line.textContent = said;
      box.append(line);
    });
    pasted.replaceChildren(box);
  }

  document.getElementById("quick").hidden = false;
  document.getElementById("all-one").addEventListener("click", function () {
    fields.forEach(function (field) { if (!field.value) field.value = "1"; });
    changed();
  });
  document.getElementById("clear").addEventListener("click", function () {
    fields.forEach(function (field) { field.value = ""; });
    changed();
  });

  var draft = document.getElementById("draft"), stored = null;
  try { stored = JSON.parse(localStorage.getItem(key)); } catch (e) { stored = null; }
  var untouched = fields.every(function (field) { return !field.value; });
  if (stored && stored.values && untouched) {
    var codes = Object.keys(stored.values);
    var said = document.getElementById("draft-said");
    var at = new Date(stored.at), two = function (n) { return (n < 10 ? "0" : "") + n; };
    var when = at.getFullYear() + "-" + two(at.getMonth() + 1) + "-" + two(at.getDate()) + " " + two(at.getHours()) + ":" + two(at.getMinutes());
    said.textContent = fill(said.dataset.said, { n: codes.length, at: when });
    draft.hidden = false;
    document.getElementById("draft-take").addEventListener("click", function () {
      codes.forEach(function (code) { if (byCode[code]) byCode[code].value = plain(stored.values[code]); });
      draft.hidden = true;
      changed();
    });
    document.getElementById("draft-drop").addEventListener("click", function () {
      try { localStorage.removeItem(key); } catch (e) { /* none kept */ }
      draft.hidden = true;
    });
  }
  count();
  if (untouched && fields.length && window.matchMedia("(pointer: fine)").matches) fields[0].focus({ preventScroll: true });
})();
