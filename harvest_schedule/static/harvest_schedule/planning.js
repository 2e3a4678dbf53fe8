/* Watching a plan being made without reloading the page; without this file the page looks again by itself. */
(() => {
  "use strict";
  const EVERY_MS = 2000;
  const MOST_FAILURES = 10;
  let box = document.querySelector("[data-planning]");
  if (!box || !("busy" in box.dataset)) return;
  let failures = 0;

  const show = (text) => {
    const found = new DOMParser().parseFromString(text, "text/html").querySelector("[data-planning]");
    if (!found) throw new Error("not the planning part of a page");
    if (!("busy" in found.dataset)) {
      location.reload();
      return;
    }
    if (found.dataset.mark === box.dataset.mark) {
      /* only the figures, so that a finger or a keyboard on the button loses nothing */
      const now = box.querySelector("[data-figures]");
      const then = found.querySelector("[data-figures]");
      if (now && then) now.replaceWith(then);
    } else {
      box.replaceWith(found);
      box = found;
    }
    setTimeout(look, EVERY_MS);
  };

  const look = () => {
    fetch(box.dataset.planning, { credentials: "same-origin", redirect: "error" })
      .then((answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.text();
      })
      .then((text) => {
        failures = 0;
        show(text);
      })
      .catch(() => {
        failures += 1;
        if (failures < MOST_FAILURES) setTimeout(look, EVERY_MS * failures);
      });
  };

  setTimeout(look, EVERY_MS);
})();
