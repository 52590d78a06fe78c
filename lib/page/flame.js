// flame(svg) makes a flame graph zoom and search. The element has the class "flame", a <title> and
// a <metadata> with these lines: the unit; the names, each behind a letter and a digit for its
// colour; an empty one; the frames, each behind its caller: depth, number of the name, count.
// All that the names contain becomes text and nothing else.
function flame(svg) {
	'use strict';
	const MARGIN = 10, PITCH = 17, HEIGHT = 16, NARROW = 0.3, HINT = 'Click on a frame to zoom in.';
	const KINDS = { p: 'process', u: 'user', k: 'kernel', o: 'other' };
	const alone = svg === document.documentElement;

	function make(parent, name, attributes, text) {
		const html = parent.namespaceURI.endsWith('html') || parent.tagName === 'foreignObject';
		const e = document.createElementNS('http://www.w3.org/' + (html ? '1999/xhtml' : '2000/svg'),
			name);

		for (const key in attributes)
			e.setAttribute(key, attributes[key]);
		if (text)
			e.textContent = text;
		parent.append(e);
		return e;
	}

	// The frames, callers first. Their places and widths are counts.
	const [unit, ...lines] = svg.querySelector('metadata').textContent.split('\n');
	const names = lines.splice(0, lines.indexOf('')).map(line => (
		{ look: line[0] + ' s' + line[1], text: line.slice(2), found: false }));
	const nodes = [], path = [];
	for (const line of lines.slice(1)) {
		const [depth, name, count] = line.split(' ');
		const caller = depth > 0 ? path[depth - 1] : null;
		const node = { depth: +depth, name: names[name], count, value: +count, caller };

		node.index = nodes.length;
		node.x = node.free = caller ? caller.free : 0;
		if (caller)
			caller.free += node.value;
		path[depth] = node;
		nodes.push(node);
	}
	const root = nodes[0], rows = path.length;

	const percent = (n, of) => (Math.round(n * 10000 / (of || 1)) / 100).toFixed(2) + '%';
	const amount = count => String(count).replace(/\B(?=(\d{3})+$)/g, ',') + ' ' + unit;

	// Title, search and status, above the frames.
	const frames = svg.querySelector('.frames') || make(svg, 'g', { class: 'frames' });
	const head = make(svg, 'foreignObject', { x: 0 });
	const bar = make(head, 'div', { class: 'bar' });
	make(bar, 'h2', {}, svg.querySelector('title').textContent);
	const kinds = make(bar, 'span', { class: 'kinds' });
	for (const kind in KINDS)
		make(kinds, 'span', {}).append(make(kinds, 'i', { class: kind }), KINDS[kind]);
	const tools = make(bar, 'span', { class: 'tools' });
	const field = make(tools, 'input', { type: 'search', spellcheck: 'false',
		placeholder: 'Search: text or regular expression', 'aria-label': 'Search' });
	const clear = make(tools, 'button', { type: 'button', class: 'clear' }, 'Clear');
	const reset = make(tools, 'button', { type: 'button', class: 'reset' }, 'Reset zoom');
	const matched = make(tools, 'output', { class: 'matched' });
	const status = make(bar, 'div', { class: 'status' });
	const note = svg.querySelector('.note');
	if (note)
		make(bar, 'div', { class: 'left' }, note.textContent);

	let width = 0, cell = 7, zoomed = root, current = root, drawn = [];

	function tell(node) {
		let text = HINT;

		if (node) {
			text = `${node.name.text}: ${amount(node.count)}, ${percent(node.value, root.value)} of all`;
			if (zoomed !== root && node.depth >= zoomed.depth)
				text += `, ${percent(node.value, zoomed.value)} of ${zoomed.name.text}`;
		}
		status.textContent = text;
	}

	// The beginning of a text that fits in so many cells.
	function fit(text, cells) {
		let used = 0, kept = '';

		for (const c of text) {
			const wide = 1 + (c.codePointAt(0) >= 0x1100);

			if (used + wide > cells)
				return kept + '…';
			used += wide;
			// Room for the sign that something is missing.
			if (used < cells)
				kept += c;
		}
		return text;
	}

	function drawFrame(parent, node, x, wide) {
		const { look, text, found } = node.name, y = (rows - 1 - node.depth) * PITCH;
		const cells = Math.floor((wide - 6) / cell);
		const share = percent(node.value, root.value);

		node.rect = make(parent, 'rect', {
			class: look + (node.depth < zoomed.depth ? ' faded' : '') +
				(found && node !== root ? ' match' : ''),
			x: x.toFixed(2), y, width: wide.toFixed(2), height: HEIGHT, role: 'button',
			tabindex: node === current ? 0 : -1,
		});
		node.rect.flameNode = node;
		make(node.rect, 'title', {}, `${text} (${amount(node.count)}, ${share})`);
		if (cells >= 3)
			make(parent, 'text', { x: (x + 3).toFixed(2), y: y + 12 }, fit(text, cells));
		drawn.push(node);
	}

	function draw() {
		const all = document.createDocumentFragment(), scale = width / (zoomed.value || 1);
		const parent = make(svg, 'g', {}), callers = [];

		all.append(parent);
		drawn = [];
		for (let node = zoomed.caller; node; node = node.caller)
			callers.unshift(node);
		for (const node of callers)
			drawFrame(parent, node, 0, width);
		drawFrame(parent, zoomed, 0, width);
		for (let i = zoomed.index + 1; i < nodes.length && nodes[i].depth > zoomed.depth; i++) {
			const wide = nodes[i].value * scale;

			if (wide >= NARROW)
				drawFrame(parent, nodes[i], (nodes[i].x - zoomed.x) * scale, wide);
		}
		frames.replaceChildren(...parent.childNodes);
		reset.disabled = zoomed === root;
		clear.disabled = !field.value;
	}

	// The head stays in sight when the page is scrolled.
	function place() {
		const above = -svg.getBoundingClientRect().top;

		head.setAttribute('y', Math.max(0, Math.min(above, rows * PITCH)));
	}

	function layout() {
		const outer = svg.getBoundingClientRect().width;

		if (!outer)
			return;
		width = Math.max(outer - 2 * MARGIN, 1);
		head.setAttribute('width', outer);
		head.setAttribute('height', bar.offsetHeight);
		svg.setAttribute('height', bar.offsetHeight + rows * PITCH + MARGIN);
		frames.setAttribute('transform', `translate(${MARGIN} ${bar.offsetHeight})`);
		draw();
		place();
	}

	function zoom(node) {
		const focused = frames.contains(document.activeElement);

		zoomed = current = node;
		draw();
		tell(node === root ? null : node);
		if (focused)
			node.rect.focus({ preventScroll: true });
	}

	// A sample counts once, however many of its frames match.
	function search() {
		const text = field.value;
		let sum = 0, expression = null, inside = Infinity;

		try {
			expression = new RegExp(text, 'i');
		} catch {
			// Then it is only text.
		}
		for (const name of names) {
			name.found = text !== '' && (expression && expression.test(name.text) ||
				name.text.toLowerCase().includes(text.toLowerCase()));
		}
		for (const node of nodes.slice(1)) {
			if (node.depth > inside)
				continue;
			inside = node.name.found ? node.depth : Infinity;
			if (node.name.found)
				sum += node.value;
		}
		frames.classList.toggle('searching', text !== '');
		matched.textContent = text && `matched ${percent(sum, root.value)} (${amount(sum)})`;
		layout();
	}

	function unsearch() {
		field.value = '';
		search();
	}

	// From frame to frame by the arrow keys.
	function move(key) {
		const level = drawn.filter(node => node.depth === current.depth);
		const at = level.indexOf(current);
		const to = {
			ArrowUp: drawn.find(node => node.caller === current), ArrowDown: current.caller,
			ArrowLeft: level[at - 1], ArrowRight: level[at + 1],
		}[key];

		if (!to)
			return;
		current.rect.setAttribute('tabindex', -1);
		current = to;
		current.rect.setAttribute('tabindex', 0);
		current.rect.focus();
		tell(current);
	}

	function onKey(event) {
		if (event.key === 'f' && (event.ctrlKey || event.metaKey) && document.activeElement !== field) {
			field.focus();
			field.select();
		} else if (event.key === 'Escape') {
			if (event.target === field && field.value)
				unsearch();
			else
				zoom(root);
		} else if (event.target.flameNode && (event.key === 'Enter' || event.key === ' ')) {
			zoom(event.target.flameNode);
		} else if (event.target.flameNode && event.key.startsWith('Arrow')) {
			move(event.key);
		} else {
			return;
		}
		event.preventDefault();
	}

	frames.addEventListener('click', event => event.target.flameNode && zoom(event.target.flameNode));
	for (const [enter, leave] of [['pointerover', 'pointerout'], ['focusin', 'focusout']]) {
		frames.addEventListener(enter, event => tell(event.target.flameNode));
		frames.addEventListener(leave, () => tell(zoomed === root ? null : zoomed));
	}
	field.addEventListener('input', search);
	clear.addEventListener('click', unsearch);
	reset.addEventListener('click', () => zoom(root));
	// In a page with other things Ctrl-F is the browser's, except in here.
	(alone ? window : svg).addEventListener('keydown', onKey);
	for (const type of ['scroll', 'resize'])
		window.addEventListener(type, place, { capture: true, passive: true });

	svg.classList.add('live');
	svg.removeAttribute('viewBox');
	svg.setAttribute('width', '100%');
	const probe = make(frames, 'text', {}, '0'.repeat(100));
	cell = probe.getComputedTextLength() / 100 || cell;
	tell(null);
	new ResizeObserver(() => {
		if (Math.abs(svg.getBoundingClientRect().width - width - 2 * MARGIN) > 0.5)
			layout();
	}).observe(svg);
	layout();
	// Deep stacks may not leave room for the root, where one begins to read.
	if (alone) {
		window.scrollTo(0, svg.getAttribute('height'));
		place();
	}
}
if (document.documentElement.matches('svg.flame'))
	flame(document.documentElement);
