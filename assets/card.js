// A card's QR leads here with its token in the fragment, which is never sent to a server by itself.
(function () {
  "use strict";
  var form = document.getElementById("by-card"), token = "";
  try { token = decodeURIComponent(location.hash.slice(1)); } catch (broken) { token = ""; }
  if (!form || !/^[A-Za-z0-9_-]{8,200}$/.test(token)) return;
  document.getElementById("card").value = token;
  history.replaceState(null, "", location.pathname);
  form.hidden = false;
  document.getElementById("by-number").hidden = true;
})();
