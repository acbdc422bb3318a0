// Looks at a page of metainit in a browser. Each function returns a list of what is wrong, in words.
const visible = (e) => e.getClientRects().length > 0;
const charts = () => [...document.querySelectorAll("svg.chart")].filter(visible);
const labelOf = (svg) => svg.getAttribute("aria-label");

// fits: nothing is wider than the window, which is so many pixels wide, and no text of a chart is outside of it or on another text.
function fits(width) {
	const wrong = [];
	const wide = document.documentElement.scrollWidth;
	if (wide > width) wrong.push(`the page is ${wide} pixels wide, the window ${width}`);
	for (const svg of charts()) {
		const frame = svg.getBoundingClientRect();
		const texts = [...svg.querySelectorAll("text")].filter(visible).map((t) => ({ text: t.textContent, r: t.getBoundingClientRect() }));
		for (const { text, r } of texts) {
			if (r.left < frame.left - 1 || r.right > frame.right + 1 || r.top < frame.top - 1 || r.bottom > frame.bottom + 1) {
				wrong.push(`${labelOf(svg)}: ${JSON.stringify(text)} is cut off`);
			}
		}
		for (let i = 0; i < texts.length; i++) {
			for (let k = 0; k < i; k++) {
				const a = texts[i].r, b = texts[k].r;
				const across = Math.min(a.right, b.right) - Math.max(a.left, b.left), down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
				if (across > 1 && down > 0.3 * Math.min(a.height, b.height)) {
					wrong.push(`${labelOf(svg)}: ${JSON.stringify(texts[i].text)} is on ${JSON.stringify(texts[k].text)}`);
				}
			}
		}
	}
	return wrong;
}

// contrasts: text has 4.5 to 1 at least, as WCAG 2 asks, and marks 3 to 1.
function contrasts(dark) {
	const wrong = new Set();
	const numbers = (color) => color.match(/[\d.]+/g).map(Number);
	const luminance = (color) => {
		const [r, g, b] = numbers(color).map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const ground = luminance(getComputedStyle(document.body).backgroundColor);
	if (dark !== ground < 0.1) wrong.add(`the ground has luminance ${ground} in the ${dark ? "dark" : "light"} scheme`);
	const compare = (element, color, least) => {
		const l = luminance(color), ratio = (Math.max(l, ground) + 0.05) / (Math.min(l, ground) + 0.05);
		if (ratio < least) wrong.add(`${element.tagName} ${element.getAttribute("class")}: contrast ${ratio.toFixed(2)}, want ${least}`);
	};
	for (const e of document.querySelectorAll("p, h1, h2, h3, dt, dd, td, th, code, figcaption, li")) compare(e, getComputedStyle(e).color, 4.5);
	for (const e of document.querySelectorAll("svg text")) compare(e, getComputedStyle(e).fill, 4.5);
	for (const e of document.querySelectorAll("svg .bar, svg .after")) compare(e, getComputedStyle(e).fill, 3);
	for (const e of document.querySelectorAll("svg .line, svg .edge")) compare(e, getComputedStyle(e).stroke, 3);
	return [...wrong];
}

// marks: each chart has as many as the data in the page.
function marks() {
	const wrong = [];
	const count = (id, selector, want) => {
		const figure = document.getElementById(id);
		if (!figure) return want === 0 || wrong.push(`there is no ${id}`);
		for (const svg of figure.querySelectorAll("svg")) {
			const got = svg.querySelectorAll(selector).length;
			if (got !== want) wrong.push(`${id}: ${got} of ${selector}, want ${want}`);
		}
	};
	const diff = document.getElementById("metainit-diff");
	if (diff) {
		const data = JSON.parse(diff.textContent), want = (data.histograms ?? []).filter((h) => h).length;
		const got = document.querySelectorAll("#values svg.histogram").length;
		if (got !== want || want === 0) wrong.push(`${got} histograms, want ${want}`);
		for (const svg of document.querySelectorAll("#values svg")) {
			if (svg.querySelectorAll(".set .area").length !== 2) wrong.push(`${labelOf(svg)}: not two sets`);
		}
		return wrong;
	}
	const run = JSON.parse(document.getElementById("metainit-run").textContent);
	const heats = {};
	for (const c of run.race?.contestants ?? []) {
		for (const t of c.trials) (heats[`chart-trials-${t.task}-${t.optimizer}`.replaceAll(" ", "_")] ??= []).push(t);
	}
	if (run.race && Object.keys(heats).length === 0) wrong.push("there are no trials");
	for (const [id, trials] of Object.entries(heats)) count(id, ".series .line", trials.length);
	if (run.race) {
		count("chart-objective", ".series .line", 2);
		count("chart-objective", "circle.mark", run.judgements.length);
		count("chart-objective", "circle.best", 1);
	}
	count("chart-factors", "rect.bar", run.tensors.length);
	count("chart-norms", ".pair circle.before", run.tensors.length);
	count("chart-norms", ".pair circle.after", run.tensors.length);
	count("chart-quotients", ".set .area", 2);
	count("chart-quotients", ".bin", run.quotients.before.counts.filter((n, k) => n + run.quotients.after.counts[k] > 0).length);
	const rows = document.querySelectorAll("#tensors tbody tr").length;
	if (rows !== run.tensors.length) wrong.push(`${rows} rows of tensors, want ${run.tensors.length}`);
	return wrong;
}

// selectable: what is selected is the text itself, in the page and in its charts.
function selectable() {
	const wrong = [];
	for (const e of [document.querySelector(".verdict"), document.querySelector(".command code"), document.querySelector("svg text"), document.querySelector("td.tensor")]) {
		getSelection().selectAllChildren(e);
		const got = getSelection().toString().trim();
		if (got !== e.textContent.trim() || got === "") wrong.push(`of ${JSON.stringify(e.textContent)} ${JSON.stringify(got)} is selected`);
	}
	getSelection().removeAllRanges();
	return wrong;
}

// factorHead is where the heading of the column of factors is.
function factorHead() {
	const button = [...document.querySelectorAll("table.sortable th button")].find((b) => b.textContent === "factor");
	button.scrollIntoView({ block: "center", inline: "center" });
	const r = button.getBoundingClientRect();
	return [r.left + r.width / 2, r.top + r.height / 2];
}

// factors are what the column has.
function factors() {
	const heads = [...document.querySelectorAll("table.sortable th")];
	const column = heads.findIndex((h) => h.textContent === "factor");
	return [...document.querySelectorAll("table.sortable tbody tr")].map((row) => Number(row.cells[column].dataset.value));
}
