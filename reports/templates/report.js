"use strict";
(function () {
  var root = document.documentElement;

  // Filter: every item carries its labels; a group without a shown item is hidden.
  var form = document.getElementById("filter");
  var fields = ["outcome", "severity", "step", "topic"];
  var items = Array.prototype.slice.call(document.querySelectorAll(".item"));
  var groups = Array.prototype.slice.call(document.querySelectorAll(".group"));
  var texts = new Map();
  var narrowed = new Set();

  function textOf(item) {
    if (!texts.has(item)) { texts.set(item, item.textContent.toLowerCase()); }
    return texts.get(item);
  }
  function ofSubject(item, subject) {
    if (!item.hasAttribute("data-several")) { return item.getAttribute("data-subject") === subject; }
    var hit = false;
    item.querySelectorAll(".subjects li").forEach(function (entry) {
      var same = entry.textContent === subject;
      entry.hidden = !same;
      hit = hit || same;
    });
    narrowed.add(item);
    return hit;
  }
  function showAllSubjects(item) {
    if (!narrowed.delete(item)) { return; }
    item.querySelectorAll(".subjects li[hidden]").forEach(function (entry) { entry.hidden = false; });
  }
  function fits(item, wanted) {
    for (var i = 0; i < fields.length; i += 1) {
      if (wanted[fields[i]] && item.getAttribute("data-" + fields[i]) !== wanted[fields[i]]) { return false; }
    }
    if (!wanted.subject) {
      showAllSubjects(item);
    } else if (!ofSubject(item, wanted.subject)) {
      return false;
    }
    return !wanted.text || textOf(item).indexOf(wanted.text) !== -1;
  }
  function apply() {
    var wanted = { text: form.elements.text.value.trim().toLowerCase(), subject: form.elements.subject.value };
    fields.forEach(function (name) { wanted[name] = form.elements[name].value; });
    var active = Object.keys(wanted).some(function (name) { return wanted[name]; });
    var shown = 0;
    items.forEach(function (item) {
      item.hidden = !fits(item, wanted);
      shown += item.hidden ? 0 : 1;
    });
    groups.forEach(function (group) {
      group.hidden = active && !group.querySelector(".item:not([hidden])");
      if (group.tagName === "DETAILS") { group.open = active && !group.hidden; }
    });
    document.querySelectorAll(".waiting").forEach(function (list) { list.open = active || list.open; });
    document.getElementById("shown").textContent = active ? shown + " shown" : "";
    root.classList.toggle("filtered", active);
    remember(active ? wanted : null);
  }
  // The address says what is shown, so that it can be sent to somebody.
  function remember(wanted) {
    var kept = Object.keys(wanted || {}).filter(function (name) { return wanted[name]; });
    var words = new URLSearchParams(kept.map(function (name) { return [name, wanted[name]]; }));
    var hash = kept.length ? "#filter:" + words : window.location.hash.indexOf("#filter:") === 0 ? "#" : null;
    try {
      if (hash !== null) { window.history.replaceState(null, "", hash); }
    } catch (error) { /* a page without an address */ }
  }
  var waiting = 0;
  form.addEventListener("input", function () {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(apply, 120);
  });
  form.addEventListener("reset", function () { window.setTimeout(apply, 0); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });

  function choose(values) {
    form.reset();
    Object.keys(values).forEach(function (name) { form.elements[name].value = values[name]; });
    apply();
    form.scrollIntoView({ block: "start" });
  }
  document.querySelectorAll(".matrix a.cell").forEach(function (cell) {
    cell.addEventListener("click", function (event) {
      event.preventDefault();
      choose({ topic: cell.getAttribute("data-topic"), subject: cell.closest("tr").querySelector("th").textContent });
    });
  });
  // A link into the page must not lead to something that is filtered away.
  document.querySelectorAll('a[href^="#"]:not(.cell, .self)').forEach(function (link) {
    link.addEventListener("click", function () {
      if (root.classList.contains("filtered")) { form.reset(); apply(); }
    });
  });

  document.querySelectorAll(".copy").forEach(function (button) {
    button.addEventListener("click", function () {
      var code = button.parentNode.querySelector("code");
      var range = document.createRange();
      range.selectNodeContents(code);
      var selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      var done = function () { button.textContent = "Copied"; };
      if (navigator.clipboard && navigator.clipboard.writeText) {
        navigator.clipboard.writeText(code.textContent).then(done, function () { button.textContent = "Press Ctrl+C"; });
      } else {
        button.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
      }
    });
  });

  // Printing shows the first proof of every verdict, and what was opened by hand.
  var forPrint = [];
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll(".card").forEach(function (card) {
      var proof = card.querySelector("details.proof:not([open])");
      if (proof && proof === card.querySelector("details.proof")) { proof.open = true; forPrint.push(proof); }
    });
  });
  window.addEventListener("afterprint", function () {
    forPrint.splice(0).forEach(function (proof) { proof.open = false; });
  });

  // A log opens at the first line that tells of the step, which may be far down; what scrolls can be reached by keys.
  function unfolded(part) {
    part.querySelectorAll(".log").forEach(function (log) {
      var line = log.querySelector(".key, .failure");
      if (line) { log.scrollTop = line.offsetTop - log.offsetTop - 3 * line.offsetHeight; }
    });
    part.querySelectorAll("pre, .log, .diff").forEach(function (box) {
      if (box.scrollHeight > box.clientHeight) { box.tabIndex = 0; }
    });
  }
  document.querySelectorAll("details").forEach(function (part) {
    part.addEventListener("toggle", function () { if (part.open) { unfolded(part); } });
    if (part.open) { unfolded(part); }
  });

  // #filter:outcome=broken&text=... shows the page filtered; the place of a verdict opens it with its first proof.
  function follow() {
    var hash = window.location.hash;
    if (hash.indexOf("#filter:") === 0) {
      var values = {};
      new URLSearchParams(hash.slice(8)).forEach(function (value, name) {
        if (form.elements[name]) { values[name] = value; }
      });
      choose(values);
      return;
    }
    if (root.classList.contains("filtered")) { form.reset(); apply(); }
    var target = hash.length > 1 && document.getElementById(hash.slice(1));
    if (!target) { return; }
    var proof = target.classList.contains("card") && target.querySelector("details.proof");
    if (proof) { proof.open = true; }
    for (var at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") { at.open = true; }
    }
    target.scrollIntoView({ block: "start" });
  }
  window.addEventListener("hashchange", follow);
  follow();
  root.setAttribute("data-ready", "true");
})();
