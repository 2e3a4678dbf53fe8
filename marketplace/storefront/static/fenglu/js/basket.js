// A changed number of boxes sends itself after a moment, so that three presses are one request. Without this file the
// button beside it does.
(() => {
  "use strict";
  document.querySelectorAll("form[data-line]").forEach((form) => {
    let waiting;
    form.addEventListener("change", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => form.requestSubmit(form.querySelector(".order-line__update")), 700);
    });
  });
})();
