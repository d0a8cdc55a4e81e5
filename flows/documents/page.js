"use strict";
// The page's own program: the ranking that follows the weights, and the sorting and searching of tables.
// It computes composites, which elsewhere are read from the table composite_steps: the reader's weights are known here
// alone. A new step of the composite (sql/scored/composite_steps.sql) is to be computed here, too.
// Weights are whole hundred-millionths and scores whole hundredths, so that every sum is exact.
(() => {
  const UNIT = 100000000;
  const PAGE = 50;
  const MOST_PRINTED = 400;
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);

  // ---- arithmetic -------------------------------------------------------------------------------------------------

  // The quotient of two whole numbers, rounded half up.
  const halfUp = (sum, parts) => Number((2n * BigInt(sum) + BigInt(parts)) / (2n * BigInt(parts)));

  // A composite in hundredths: exact where the weights add up to one, else in the proportion of the weights.
  // Returns null where nothing can be said.
  function composite(scores, weights, policy) {
    let sum = 0, all = 0, present = 0, missing = false;
    for (let index = 0; index < scores.length; index += 1) {
      all += weights[index];
      if (scores[index] === null) missing = missing || weights[index] > 0;
      else { sum += weights[index] * scores[index]; present += weights[index]; }
    }
    const parts = missing && policy === "reweight" ? present : all;
    if (parts === 0) return null;
    if (missing && policy === "fail") return null;
    if (parts === UNIT) return Math.floor((sum + UNIT / 2) / UNIT);
    // As published scores are made: a quotient is brought to eight decimals, then rounded.
    const fine = (2n * BigInt(sum) * 1000000n + BigInt(parts)) / (2n * BigInt(parts));
    return halfUp(fine, 1000000n);
  }

  // The order of a group under these weights: rows of {index of the site, composite, rank}, highest first.
  function ranked(group, weights) {
    const rows = group.sites.map((site, index) => ({ index, composite: composite(site[4], weights, data.missing) }));
    const scored = rows.filter((row) => row.composite !== null);
    const keys = data.tie.map((source) => group.sources.indexOf(source));
    const scoreOf = (index, key) => (key < 0 ? 0 : group.sites[index][4][key] ?? 0);
    const compare = (first, second) => {
      if (first.composite !== second.composite) return second.composite - first.composite;
      for (const key of keys) {
        const difference = scoreOf(second.index, key) - scoreOf(first.index, key);
        if (difference) return difference;
      }
      return 0;
    };
    const siteId = (index) => group.sites[index][0];
    scored.sort((first, second) => compare(first, second) || (siteId(first.index) < siteId(second.index) ? -1 : 1));
    scored.forEach((row, position) => {
      row.rank = position && compare(scored[position - 1], row) === 0 ? scored[position - 1].rank : position + 1;
    });
    return [...scored, ...rows.filter((row) => row.composite === null)];
  }

  const points = (hundredths) => (hundredths === null ? "—" : (hundredths / 100).toFixed(2));
  window.pingyi = { data, ranked, composite };

  // ---- the ranking ------------------------------------------------------------------------------------------------

  const view = { group: 0, weights: [], page: 0, sort: null, descending: false, search: "", printing: false };
  const choice = byId("group"), sliders = byId("weights"), head = byId("ranking-head"), body = byId("ranking-body");

  // A draft calls itself a draft, since its results are not published.
  const what = document.querySelector("[data-what]")?.dataset.what ?? "公布";

  const element = (name, attributes = {}, text = "") => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text) node.textContent = text;
    return node;
  };

  function showSliders() {
    const group = data.groups[view.group];
    view.weights = [...group.weights];
    sliders.replaceChildren(element("legend", {}, "各来源的权重（%）"));
    group.sources.forEach((source, index) => {
      const row = element("div", { class: "weight" });
      const name = data.sources[source].label;
      const label = element("label", { for: `w${index}` }, name);
      const range = element("input", { type: "range", min: 0, max: 100, step: 1, "aria-label": `${name}权重（滑块）` });
      const number = element("input", { type: "number", min: 0, max: 100, step: "any", id: `w${index}` });
      const set = (from) => {
        // Read as text, so that no binary fraction comes between: a percent is a million hundred-millionths.
        const [whole, fraction = ""] = String(from.value || "0").split(".");
        const percent = Math.min(100, Math.max(0, Number(whole) || 0));
        view.weights[index] = Math.min(UNIT, percent * 1000000 + Number(fraction.replace(/\D/g, "").padEnd(6, "0").slice(0, 6)));
        (from === range ? number : range).value = from.value;
        view.page = 0;
        show();
      };
      range.addEventListener("input", () => set(range));
      number.addEventListener("input", () => set(number));
      row.append(label, range, number);
      sliders.append(row);
    });
    fillSliders();
  }

  function fillSliders() {
    sliders.querySelectorAll(".weight").forEach((row, index) => {
      const percent = String(view.weights[index] / 1000000);
      row.querySelectorAll("input").forEach((input) => { input.value = percent; });
    });
  }

  function columns(group) {
    const own = [
      { key: "rank", label: "名次", number: true, of: (row) => row.rank ?? Infinity, show: (row) => row.rank ?? "—" },
      { key: "name", label: "网站", of: (row) => row.site[1], link: true },
      { key: "composite", label: "综合得分", number: true, of: (row) => row.composite ?? -1, show: (row) => points(row.composite) },
    ];
    if (changed(group)) {
      own.push({ key: "shift", label: `比${what}名次`, number: true, of: (row) => (row.rank ? row.site[2] - row.rank : -Infinity),
        show: (row) => move(row.rank ? row.site[2] - row.rank : null), moved: true });
    }
    own.push(...group.sources.map((source, index) => ({
      key: `s${index}`, label: data.sources[source].label, number: true,
      of: (row) => row.site[4][index] ?? -1, show: (row) => points(row.site[4][index]),
    })));
    if (group.sites.some((site) => site[6] !== null)) {
      own.push({ key: "before", label: "上年得分", number: true, of: (row) => row.site[5] ?? -1, show: (row) => points(row.site[5]) });
      own.push({ key: "beforeRank", label: "上年名次", number: true, of: (row) => row.site[6] ?? Infinity, show: (row) => row.site[6] ?? "—" });
    }
    if (group.sites.some((site) => site[7])) own.push({ key: "flags", label: "标注", of: (row) => row.site[7], show: (row) => row.site[7] });
    return own;
  }

  const changed = (group) => group.weights.some((weight, index) => weight !== view.weights[index]);
  const move = (steps) => (steps === null ? "—" : steps > 0 ? `↑ ${steps}` : steps < 0 ? `↓ ${-steps}` : "不变");

  function show() {
    const group = data.groups[view.group];
    const all = ranked(group, view.weights).map((row) => ({ ...row, site: group.sites[row.index] }));
    const shown = columns(group);
    const wanted = view.search.trim().toLowerCase();
    let rows = wanted ? all.filter((row) => `${row.site[0]} ${row.site[1]}`.toLowerCase().includes(wanted)) : all;
    const column = shown.find((candidate) => candidate.key === view.sort);
    if (column) {
      const words = new Intl.Collator("zh-CN");
      const compare = (first, second) => {
        const [left, right] = [column.of(first), column.of(second)];
        return typeof left === "string" ? words.compare(left, right) : left === right ? 0 : left - right;
      };
      // Equal rows stay in the order of the ranking, whichever way round.
      rows = [...rows].sort((first, second) => (view.descending ? compare(second, first) : compare(first, second)));
    }
    const pages = Math.max(1, Math.ceil(rows.length / PAGE));
    view.page = Math.min(view.page, pages - 1);
    const whole = view.printing && rows.length <= MOST_PRINTED;
    const visible = whole ? rows : rows.slice(view.page * PAGE, (view.page + 1) * PAGE);
    const focused = document.activeElement?.dataset?.key;
    head.replaceChildren(...shown.map(heading));
    if (focused) head.querySelector(`button[data-key="${focused}"]`)?.focus();
    body.replaceChildren(...visible.map((row) => line(row, shown)));
    byId("page-of").textContent = `第 ${view.page + 1} 页，共 ${pages} 页`;
    byId("back").disabled = view.page === 0;
    byId("forward").disabled = view.page === pages - 1;
    byId("pager").hidden = pages === 1;
    const total = view.weights.reduce((sum, weight) => sum + weight, 0);
    const hypothetical = changed(group);
    byId("restore").disabled = !hypothetical;
    byId("weights-said").textContent = !hypothetical
      ? `这是${what}的权重，下表就是${what}的得分和名次。`
      : total === 0 ? "权重不能全是零。"
      : `这是假设的权重（合计 ${total / 1000000}%${total === UNIT ? "" : "，按比例折算"}），不是${what}的结果。`;
    const count = wanted ? `找到 ${rows.length} 个网站。` : `共 ${rows.length} 个网站。`;
    byId("said").textContent = count + (hypothetical && all[0]?.rank ? `按假设的权重，第一名是${all[0].site[1]}（${points(all[0].composite)} 分）。` : "");
  }

  function heading(column) {
    const sorted = view.sort === column.key;
    const cell = element("th", { scope: "col", class: column.number ? "number" : "" });
    if (sorted) cell.setAttribute("aria-sort", view.descending ? "descending" : "ascending");
    const button = element("button", { type: "button", "data-key": column.key }, column.label);
    button.addEventListener("click", () => {
      // The first click shows the highest scores, but the first ranks and names.
      view.descending = sorted ? !view.descending : Boolean(column.number) && !["rank", "beforeRank"].includes(column.key);
      view.sort = column.key;
      view.page = 0;
      show();
    });
    cell.append(button);
    return cell;
  }

  function line(row, shown) {
    const node = element("tr");
    for (const column of shown) {
      const cell = element("td", { class: column.number ? "number" : column.link ? "name" : "" });
      if (column.link) cell.append(element("a", { href: `sites/${row.site[3]}` }, row.site[1]));
      else cell.textContent = column.show(row);
      if (column.moved && row.rank && row.site[2] !== row.rank) cell.classList.add(row.site[2] > row.rank ? "up" : "down");
      node.append(cell);
    }
    return node;
  }

  byId("restore").textContent = `恢复${what}的权重`;
  data.groups.forEach((group, index) => choice.append(element("option", { value: index }, `${group.label}（${group.sites.length}）`)));
  choice.addEventListener("change", () => {
    Object.assign(view, { group: Number(choice.value), page: 0, sort: null });
    showSliders();
    show();
  });
  byId("search").addEventListener("input", (event) => { Object.assign(view, { search: event.target.value, page: 0 }); show(); });
  byId("restore").addEventListener("click", () => {
    view.weights = [...data.groups[view.group].weights];
    Object.assign(view, { page: 0, sort: null });
    fillSliders();
    show();
    choice.focus();
  });
  byId("back").addEventListener("click", () => { view.page -= 1; show(); });
  byId("forward").addEventListener("click", () => { view.page += 1; show(); });
  window.addEventListener("beforeprint", () => {
    view.printing = true;
    show();
  });
  window.addEventListener("afterprint", () => { view.printing = false; show(); });
  byId("ranking").hidden = false;
  showSliders();
  show();

  // ---- the other tables -------------------------------------------------------------------------------------------

  const measure = (text) => {
    const number = text.replace(/[%,]/g, "");
    return number !== "" && Number.isFinite(Number(number)) ? Number(number) : null;
  };

  document.querySelectorAll("table.data").forEach((table) => {
    const rows = [...table.tBodies[0].rows];
    const words = new Intl.Collator("zh-CN");
    [...table.tHead.rows[0].cells].forEach((cell, index) => {
      const button = element("button", { type: "button" }, cell.textContent);
      cell.replaceChildren(button);
      button.addEventListener("click", () => {
        const descending = cell.getAttribute("aria-sort") === "ascending";
        [...table.tHead.rows[0].cells].forEach((header) => header.removeAttribute("aria-sort"));
        cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
        const keyed = rows.map((row) => {
          const text = row.cells[index].textContent.trim();
          return { row, text, number: measure(text) };
        });
        keyed.sort((first, second) => {
          // Empty cells stay at the end.
          if (!first.text || !second.text) return Number(!first.text) - Number(!second.text);
          const numeric = first.number !== null && second.number !== null;
          const order = numeric ? first.number - second.number : words.compare(first.text, second.text);
          return descending ? -order : order;
        });
        table.tBodies[0].append(...keyed.map((entry) => entry.row));
      });
    });
    if (rows.length < 12) return;
    const label = element("label", {}, "在表里查找");
    const input = element("input", { type: "search" });
    label.append(input);
    const tools = element("div", { class: "tools" });
    tools.append(label);
    table.closest(".scroll").before(tools);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      rows.forEach((row) => { row.hidden = Boolean(wanted) && !row.textContent.toLowerCase().includes(wanted); });
    });
  });
})();
