// A picker of photos: each is made smaller before it is sent, which also takes out where and when
// it was taken. Without this the field sends the files as they are, and the server does the same.
(function () {
  "use strict";
  var SIDE = 1280, BYTES = 150000, MOST = 9, DARK = 40;

  function draw(bitmap, side) {
    var longest = Math.max(bitmap.width, bitmap.height), by = Math.min(1, side / longest);
    var canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * by));
    canvas.height = Math.max(1, Math.round(bitmap.height * by));
    var pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas;
  }
  function isDark(bitmap) {
    var canvas = draw(bitmap, 32), sum = 0;
    var data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    for (var i = 0; i < data.length; i += 4) sum += data[i] * 0.299 + data[i + 1] * 0.587 + data[i + 2] * 0.114;
    return sum / (data.length / 4) < DARK;
  }
  function blob(canvas, quality) {
    return new Promise(function (done) { canvas.toBlob(done, "image/jpeg", quality); });
  }
  async function shrink(bitmap) {
    for (var side of [SIDE, 1024, 800, 640]) {
      var canvas = draw(bitmap, side);
      for (var quality of [0.82, 0.7, 0.55, 0.4]) {
        var made = await blob(canvas, quality);
        if (made && made.size <= BYTES) return made;
      }
    }
    throw new Error("too large");
  }

  function start(box) {
    var input = box.querySelector("input[type=file]"), words = box.dataset;
    var list = box.querySelector("[data-chosen]"), said = box.querySelector("[data-said]");
    var chosen = [];

    // What the form sends is what the list shows.
    function settle() {
      var files = new DataTransfer();
      chosen.forEach(function (one) { if (one.file) files.items.add(one.file); });
      input.files = files.files;
      list.hidden = !chosen.length;
    }
    function remove(one) {
      chosen.splice(chosen.indexOf(one), 1);
      URL.revokeObjectURL(one.picture.src);
      one.item.remove();
      said.textContent = words.removed;
      settle();
      input.focus();
    }
    function add(file) {
      var one = { file: file, item: document.createElement("li"), picture: new Image() };
      var state = document.createElement("span"), button = document.createElement("button");
      one.picture.alt = "";
      state.className = "caption";
      state.setAttribute("role", "status");
      state.textContent = words.compressing;
      button.type = "button";
      button.className = "button button-small";
      button.textContent = words.remove;
      button.setAttribute("aria-label", words.remove + " " + file.name);
      button.addEventListener("click", function () { remove(one); });
      one.item.append(one.picture, state, button);
      list.append(one.item);
      chosen.push(one);
      work(one, state);
    }
    async function work(one, state) {
      try {
        var bitmap = await createImageBitmap(one.file, { imageOrientation: "from-image" });
        var made = await shrink(bitmap), dark = isDark(bitmap);
        bitmap.close();
        one.file = new File([made], one.file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
        one.picture.src = URL.createObjectURL(made);
        state.textContent = dark ? words.dark : words.ready;
        if (dark) state.className = "error";
      } catch (_) {
        one.file = null;
        one.picture.replaceWith(document.createElement("span"));
        state.textContent = words.failed;
        state.className = "error";
      }
      if (chosen.includes(one)) settle();
    }
    input.addEventListener("change", function () {
      said.textContent = "";
      Array.from(input.files).forEach(function (file) {
        if (chosen.length < MOST) add(file);
        else said.textContent = words.many;
      });
      settle();
    });
  }
  if (window.createImageBitmap && window.DataTransfer && HTMLCanvasElement.prototype.toBlob) {
    document.querySelectorAll("[data-photos]").forEach(start);
  }
})();
