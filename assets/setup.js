// The set-up link carries its token in the fragment, which is never sent to a server by itself.
(function () {
  var token = document.getElementById("token");
  if (token && !token.value && location.hash.length > 1) {
    token.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
  }
})();
