/* Small helps for the screens of chronic diseases. Nothing here decides anything: the server judges every form again. */
(function () {
  "use strict";

  /* A form that makes a case is sent once, however often the button is pressed. */
  function lock(form, locked) {
    form.querySelectorAll("button[type=submit]").forEach(function (button) { button.disabled = locked; });
  }
  document.addEventListener("submit", function (event) {
    if (event.target.matches("[data-once]")) { window.setTimeout(function () { lock(event.target, true); }, 0); }
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { document.querySelectorAll("[data-once]").forEach(function (form) { lock(form, false); }); }
  });
}());
