/* Small helps for the screens. Nothing here decides anything: the server judges every form again. */
(function () {
  "use strict";

  /* A refused deed answers 403/404/409/422 with the same dialog and the reason: show it. */
  document.addEventListener("htmx:beforeSwap", function (event) {
    var status = event.detail.xhr.status;
    if (event.detail.serverResponse.indexOf('id="login-form"') >= 0) {
      /* The session is over: never put the sign-in page into a part of this one. A dialog leads there. */
      event.detail.shouldSwap = false;
      if (event.detail.target.id !== "check") { window.location.reload(); }
      return;
    }
    var isDialog = event.detail.serverResponse.indexOf('id="dialog"') >= 0;
    if (isDialog && status >= 400 && status < 500) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  document.addEventListener("htmx:responseError", function (event) {
    var messages = {
      401: "登录已过期，请刷新页面重新登录。",
      403: "您没有这项权限，或登录已过期。请刷新页面后再试。",
      404: "找不到这件内容，可能已经变动。请刷新页面。",
      413: "上传的文件过大。"
    };
    window.alert(messages[event.detail.xhr.status] || "系统暂时无法完成操作，请稍后再试；已填写的内容没有丢失。");
  });

  document.addEventListener("htmx:sendError", function () {
    window.alert("网络不通，操作没有提交。请检查网络后再试。");
  });

  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.detail.target.id !== "modal-content" && event.detail.target.id !== "dialog") { return; }
    var dialog = document.getElementById("dialog");
    if (!dialog) { return; }
    var next = dialog.querySelector("input[name=next]");
    if (next && !next.value) { next.value = window.location.pathname + window.location.search; }
    var first = dialog.querySelector(
      "[aria-invalid=true], textarea, select, input:not([type=hidden]):not([type=checkbox]), button[type=submit]");
    if (first) { first.focus(); }
  });

  /* Money is summed in fen as integers; what is not an amount counts as nothing and is marked. */
  function fen(text) {
    var match = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec((text || "").trim());
    if (!match) { return null; }
    return parseInt(match[1], 10) * 100 + parseInt(((match[2] || "") + "00").slice(0, 2), 10);
  }
  function yuan(value) {
    var sign = value < 0 ? "-" : "";
    var digits = String(Math.abs(value));
    while (digits.length < 3) { digits = "0" + digits; }
    return sign + digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",") + "." + digits.slice(-2);
  }

  function sumUp(root) {
    var totals = { amount: 0, deducted: 0 };
    root.querySelectorAll("[data-line]").forEach(function (row) {
      var removed = row.querySelector("input[name$=-DELETE]");
      row.classList.toggle("cw-removed", !!(removed && removed.checked));
      if (removed && removed.checked) { return; }
      ["amount", "deducted"].forEach(function (name) {
        var field = row.querySelector("[data-sum=" + name + "]");
        if (!field) { return; }
        var value = fen(field.value);
        field.setAttribute("aria-invalid", String(field.value.trim() !== "" && value === null));
        totals[name] += value || 0;
      });
    });
    Object.keys(totals).forEach(function (name) {
      root.querySelectorAll("[data-total=" + name + "]").forEach(function (cell) {
        cell.textContent = yuan(totals[name]);
      });
    });
    root.querySelectorAll("[data-total=rest]").forEach(function (cell) {
      cell.textContent = yuan(totals.amount - totals.deducted);
    });
    var stated = root.querySelector("[data-stated]");
    root.querySelectorAll("[data-difference]").forEach(function (cell) {
      var value = stated ? fen(stated.value) : null;
      var difference = value === null || totals.amount === 0 ? null : totals.amount - value;
      cell.textContent = difference === null ? "" : difference === 0 ? "与票据一致" : "与票据总额相差 " + yuan(difference);
      cell.classList.toggle("cw-red-ink", difference !== null && difference !== 0);
    });
  }

  /* Add a row by copying the <template>; Enter in the last row adds one and goes there. */
  function addRow(list) {
    var total = document.querySelector("input[name=" + list.dataset.prefix + "-TOTAL_FORMS]");
    var template = document.getElementById(list.dataset.template);
    var index = parseInt(total.value, 10);
    var holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replace(/__prefix__/g, String(index));
    var row = holder.content.firstElementChild;
    list.appendChild(row);
    total.value = String(index + 1);
    var field = row.querySelector("select, input:not([type=hidden])");
    if (field) { field.focus(); }
    return row;
  }

  document.addEventListener("click", function (event) {
    var add = event.target.closest("[data-add-row]");
    if (add) {
      event.preventDefault();
      addRow(document.getElementById(add.dataset.addRow));
      document.querySelectorAll("[data-sums]").forEach(sumUp);
    }
    if (event.target.closest("[data-print]")) { window.print(); }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.target.tagName === "TEXTAREA" || event.target.tagName === "BUTTON") { return; }
    var row = event.target.closest("[data-line]");
    if (!row) { return; }
    event.preventDefault();
    var next = row.nextElementSibling;
    if (next && next.matches("[data-line]")) {
      var column = event.target.name.split("-").pop();
      var field = next.querySelector("[name$='-" + column + "']") || next.querySelector("select, input:not([type=hidden])");
      field.focus();
    } else {
      addRow(row.parentElement);
    }
  });

  document.addEventListener("input", function (event) {
    var root = event.target.closest("[data-sums]");
    if (root) { sumUp(root); }
  });
  /* 20250308 becomes 2025-03-08; anything else stays as typed, for the server to judge. */
  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-day]")) { return; }
    var match = /^(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})日?$/.exec(event.target.value.trim());
    if (match) { event.target.value = match[1] + "-" + match[2].padStart(2, "0") + "-" + match[3].padStart(2, "0"); }
  }, true);
  document.addEventListener("change", function (event) {
    var root = event.target.closest("[data-sums]");
    if (root) { sumUp(root); }
    if (event.target.matches("[data-autosubmit]")) { event.target.form.submit(); }
  });

  /* Suggestions for a hospital while its name or code is typed; choosing one puts its code first. */
  var asked = 0;
  document.addEventListener("input", function (event) {
    var field = event.target;
    if (!field.dataset || !field.dataset.suggest || field.value.trim().length < 2) { return; }
    var list = document.getElementById(field.dataset.suggest);
    window.clearTimeout(asked);
    asked = window.setTimeout(function () {
      window.fetch("/claims/claim/institutions/?q=" + encodeURIComponent(field.value.trim()), {credentials: "same-origin"})
        .then(function (answer) { return answer.ok ? answer.json() : {names: []}; })
        .then(function (found) {
          list.replaceChildren.apply(list, found.names.map(function (name) {
            var option = document.createElement("option");
            option.value = name;
            return option;
          }));
        })
        .catch(function () { /* the code can still be typed */ });
    }, 200);
  });

  /* What was typed into a marked form is kept in this tab until it is saved: a lost session loses no work. */
  function draftOf(form) { return "draft:" + window.location.pathname + ":" + form.dataset.draft; }
  function fieldsOf(form) {
    var data = {};
    new FormData(form).forEach(function (value, name) {
      if (typeof value === "string" && name !== "csrfmiddlewaretoken" && name !== "version") { data[name] = value; }
    });
    return data;
  }
  function forgetSaved() {
    var done = /(?:^|; )draft_done=([\w-]+)/.exec(document.cookie);
    if (!done) { return; }
    Object.keys(window.sessionStorage).forEach(function (key) {
      if (key.slice(0, 6) === "draft:" && key.slice(-done[1].length - 1) === ":" + done[1]) {
        window.sessionStorage.removeItem(key);
      }
    });
    document.cookie = "draft_done=; max-age=0; path=/";
  }
  function keepDrafts() {
    forgetSaved();
    document.querySelectorAll("form[data-draft]").forEach(function (form) {
      var key = draftOf(form);
      var saved = window.sessionStorage.getItem(key);
      if (saved && form.dataset.bound === undefined) {
        var notice = document.getElementById(form.dataset.draftNotice);
        if (notice && saved !== JSON.stringify(fieldsOf(form))) {
          notice.hidden = false;
          notice.querySelector("[data-restore]").addEventListener("click", function () {
            restore(form, JSON.parse(saved));
            notice.hidden = true;
          });
          notice.querySelector("[data-discard]").addEventListener("click", function () {
            window.sessionStorage.removeItem(key);
            notice.hidden = true;
          });
        }
      }
      form.addEventListener("input", function () {
        window.sessionStorage.setItem(key, JSON.stringify(fieldsOf(form)));
      });
      form.addEventListener("submit", function () { form.querySelectorAll("button[type=submit]").forEach(function (button) {
        window.setTimeout(function () { button.disabled = true; }, 0);
      }); });
    });
  }
  function restore(form, data) {
    form.querySelectorAll("[data-prefix]").forEach(function (list) {
      var wanted = parseInt(data[list.dataset.prefix + "-TOTAL_FORMS"] || "0", 10);
      var total = form.querySelector("input[name=" + list.dataset.prefix + "-TOTAL_FORMS]");
      while (total && parseInt(total.value, 10) < wanted) { addRow(list); }
    });
    Object.keys(data).forEach(function (name) {
      form.querySelectorAll("[name='" + CSS.escape(name) + "']").forEach(function (field) {
        if (field.type === "hidden" || field.type === "file") { return; }
        if (field.type === "checkbox" || field.type === "radio") { field.checked = field.value === data[name]; }
        else { field.value = data[name]; }
      });
    });
    form.querySelectorAll("[data-sums]").forEach(sumUp);
    if (form.matches("[data-sums]")) { sumUp(form); }
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-sums]").forEach(sumUp);
    keepDrafts();
  });
}());
