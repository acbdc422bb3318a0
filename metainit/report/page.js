// Tables sort by the column whose head is clicked: first up, then down. A cell's data-value is the number it goes by.
for (const table of document.querySelectorAll("table.sortable")) {
	table.tHead.addEventListener("click", (event) => {
		const head = event.target.closest("th");
		if (!head) return;
		const down = head.getAttribute("aria-sort") === "ascending";
		for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
		head.setAttribute("aria-sort", down ? "descending" : "ascending");
		const key = (row) => row.cells[head.cellIndex].dataset.value ?? row.cells[head.cellIndex].textContent;
		const compare = (a, b) => head.classList.contains("number") ? key(a) - key(b) : key(a).localeCompare(key(b), "en", { numeric: true });
		const rows = [...table.tBodies[0].rows].sort((a, b) => down ? compare(b, a) : compare(a, b));
		table.tBodies[0].append(...rows);
	});
}
