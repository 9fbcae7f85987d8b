/* A bill shows the fields that its benefit has, under the names that this benefit gives them. The server judges. */
(function () {
  "use strict";

  var words = {};

  function holder(stay, name) {
    var field = stay.querySelector("[name$='-" + name + "']");
    return field ? field.closest(".cw-grid > div") : null;
  }
  function show(stay, name, wanted) {
    var place = holder(stay, name);
    if (place) { place.hidden = !wanted; }
  }
  function need(stay, name, wanted) {
    var place = holder(stay, name);
    show(stay, name, wanted);
    if (place) { place.classList.toggle("required", wanted); }
  }
  function call(stay, name, text) {
    var place = holder(stay, name);
    var label = place ? place.querySelector("label") : null;
    if (label && text) { label.textContent = text; }
  }
  /* Of the certified diseases only those of this benefit can be chosen. */
  function offer(stay, name) {
    var select = stay.querySelector("select[name$='-disease']");
    if (!select) { return; }
    select.querySelectorAll("optgroup").forEach(function (group) {
      var other = group.label !== name;
      group.hidden = other;
      group.disabled = other;
      if (other && select.selectedOptions[0] && group.contains(select.selectedOptions[0])) { select.value = ""; }
    });
    var open = select.querySelectorAll("optgroup:not([hidden]) option");
    if (!select.value && open.length === 1) { select.value = open[0].value; }
    var place = select.closest(".cw-grid > div");
    var note = place.querySelector(".cw-help") || place.appendChild(document.createElement("div"));
    note.className = "cw-help";
    note.textContent = open.length || select.value ? "" : "该参保人没有" + name + "的认定。";
  }
  function adapt(stay) {
    var chosen = stay.querySelector("[data-benefit]");
    var benefit = chosen ? words[chosen.value] : null;
    if (!benefit) { return; }
    call(stay, "admitted_on", benefit.first);
    call(stay, "discharged_on", benefit.last);
    call(stay, "diagnosis", benefit.diagnosis);
    call(stay, "institution", benefit.outpatient ? "医疗机构或药店" : "就诊医院");
    need(stay, "discharged_on", !benefit.outpatient);
    show(stay, "course", !benefit.outpatient && !benefit.birth);
    show(stay, "emergency", !benefit.outpatient);
    need(stay, "disease", benefit.disease);
    need(stay, "drug", benefit.drug);
    need(stay, "birth_event", benefit.birth);
    if (benefit.disease) { offer(stay, benefit.name); }
    elsewhere(stay);
  }
  /* Only a claim for relief alone names the document of what was paid elsewhere. */
  function elsewhere(stay) {
    var reason = document.querySelector("select[name=reason]");
    var known = document.getElementById("relief-only");
    if (!reason || !known) { return; }
    show(stay, "settlement_no", JSON.parse(known.textContent).indexOf(reason.value) >= 0);
  }
  function adaptAll() { document.querySelectorAll("[data-stay]").forEach(adapt); }
  /* Another bill is mostly of the same kind, from the same place, for the same disease. */
  function alike(list) {
    var stays = list.querySelectorAll("[data-stay]");
    if (stays.length < 2) { return; }
    ["benefit", "institution", "disease"].forEach(function (name) {
      var from = stays[stays.length - 2].querySelector("[name$='-" + name + "']");
      var to = stays[stays.length - 1].querySelector("[name$='-" + name + "']");
      if (from && to && from.value) { to.value = from.value; }
    });
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-benefit]")) { adapt(event.target.closest("[data-stay]")); }
    if (event.target.matches("select[name=reason]")) { adaptAll(); }
  }, true);
  document.addEventListener("click", function (event) {
    var add = event.target.closest("[data-add-row=stays]");
    if (add || event.target.closest("[data-restore]")) {
      window.setTimeout(function () {
        if (add) { alike(document.getElementById("stays")); }
        adaptAll();
      }, 0);
    }
  });
  document.addEventListener("DOMContentLoaded", function () {
    var known = document.getElementById("benefits");
    words = known ? JSON.parse(known.textContent) : {};
    adaptAll();
  });
}());
