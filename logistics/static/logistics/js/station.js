/* Small comforts at the station; every page works without this file. */
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  const form = document.querySelector("[data-receive]");
  if (!form) return;

  const weight = form.querySelector(".scale__input");
  const said = form.querySelector("[data-difference]");
  const expected = Number(form.dataset.expected);
  const USUAL = 0.03;

  /* what the scale says against what was announced, in words */
  const compare = () => {
    const kg = Number.parseFloat(String(weight.value).normalize("NFKC").replaceAll(",", ""));
    said.textContent = "";
    said.className = "bold";
    if (!expected || !(kg > 0)) return;
    const grams = Math.round(kg * 1000) - expected;
    if (!grams) {
      said.textContent = said.dataset.same;
      return;
    }
    const share = Math.abs(grams) / expected;
    const usual = share <= USUAL;
    const words = said.dataset[(grams < 0 ? "less" : "more") + (usual ? "" : "Much")];
    const amount = `${(Math.abs(grams) / 1000).toLocaleString("en-US", { maximumFractionDigits: 3 })} kg`;
    said.textContent = words.replace("[n]", amount).replace("[share]", `${(share * 100).toFixed(1)}%`);
    said.classList.add(usual ? "good" : "late");
  };

  /* only the chosen store is shown */
  const stores = () => {
    const chosen = form.querySelector("[name=mode]:checked");
    form.querySelectorAll("[data-store]").forEach((row) => {
      row.hidden = Boolean(chosen) && row.dataset.store !== chosen.value;
    });
  };

  weight.addEventListener("input", compare);
  form.addEventListener("change", stores);
  compare();
  stores();
})();
