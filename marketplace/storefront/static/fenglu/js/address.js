// The address form: choosing a province fetches its cities, a city its counties. Without this the form still works.
(function () {
  "use strict";
  const form = document.querySelector("[data-address]");
  if (!form) return;
  const names = ["province", "city", "district"];
  const selects = names.map((name) => form.querySelector(`[name=${name}]`));

  function clear(select) {
    while (select.options.length > 1) select.remove(1);
    select.value = "";
  }

  async function fill(index, parent) {
    const select = selects[index];
    const answer = await fetch(form.dataset.districts.replace("000000", parent), { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { children } = await answer.json();
    // An answer about a place that is no longer chosen comes too late; one that comes twice is filled in once.
    if (selects[index - 1].value !== parent) return;
    const chosen = select.value;
    clear(select);
    for (const child of children) select.add(new Option(child.name, child.code));
    if (children.some((child) => child.code === chosen)) {
      select.value = chosen;
    } else if (children.length === 1) {
      select.value = children[0].code;
      select.dispatchEvent(new Event("change"));
    }
  }

  selects.slice(0, 2).forEach((select, index) => {
    select.addEventListener("change", () => {
      selects.slice(index + 1).forEach(clear);
      if (select.value) fill(index + 1, select.value);
    });
  });
})();
