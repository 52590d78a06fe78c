// Runs in a browser, appended to what lib/flame.c wrote, and does what a person would: test/flame.sh.
// Prints "ok - what" or "not ok - what", then lines with reasons, into an element called results.
'use strict';
const lines = [];

function check(what, ...problems) {
	const wrong = problems.flat().filter(p => p !== null && p !== true);

	lines.push((wrong.length ? 'not ok - ' : 'ok - ') + what, ...wrong.map(p => '# ' + p));
}

const equal = (what, is, expected) =>
	JSON.stringify(is) === JSON.stringify(expected) ? null
		: `${what} is ${JSON.stringify(is)} and not ${JSON.stringify(expected)}`;

// What there is in a graph.
function Graph(svg) {
	this.svg = svg;
	this.rects = () => [...svg.querySelectorAll('.frames rect')];
	this.title = rect => rect.querySelector('title').textContent;
	this.titles = () => this.rects().map(this.title);
	this.find = begin => this.rects().find(rect => this.title(rect).startsWith(begin));
	this.names = rects => rects.map(rect => this.title(rect).split(' (')[0]);
	this.width = rect => +rect.getAttribute('width');
	this.full = () => this.width(this.find('all ('));
	this.status = () => svg.querySelector('.status').textContent;
	this.matched = () => svg.querySelector('.matched').textContent;
	this.field = () => svg.querySelector('input');
	this.matches = () => this.names([...svg.querySelectorAll('.match')]);

	// As the mouse does it: what is in front gets the event.
	this.click = rect => {
		rect.scrollIntoView({ block: 'center' });
		const box = rect.getBoundingClientRect();
		const front = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);

		(front || svg).dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
	};
	this.key = (key, more, target) => {
		const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });

		(target || document.activeElement || svg).dispatchEvent(event);
		return event.defaultPrevented;
	};
	this.search = text => {
		this.field().value = text;
		this.field().dispatchEvent(new InputEvent('input', { bubbles: true }));
	};
	// Texts that stick out of their frames or lie over each other.
	this.overlaps = () => [...svg.querySelectorAll('.frames text')].filter(text => {
		const box = text.getBBox(), frame = text.previousElementSibling.getBBox();

		return text.textContent && box.x < frame.x || box.x + box.width > frame.x + frame.width;
	}).map(text => `"${text.textContent}" is longer than its frame`);
}

// test/flame.sh has the stacks. The sums are worked out by hand: 31 + 11 + 23 + 17 + 29 = 111.
const TITLES = [
	'all (111 samples, 100.00%)', 'alpha (65 samples, 58.56%)', 'main (65 samples, 58.56%)',
	'read (42 samples, 37.84%)', 'vfs_read (31 samples, 27.93%)', 'write (23 samples, 20.72%)',
	'read (23 samples, 20.72%)', 'beta (46 samples, 41.44%)', 'main (46 samples, 41.44%)',
	'read (17 samples, 15.32%)', 'read (17 samples, 15.32%)',
];

function known(g) {
	const text = name => g.find(name).nextElementSibling.textContent;

	check('counts in the tooltips', equal('the list', g.titles(), TITLES));
	check('widths in proportion', g.rects().map(rect => {
		const share = g.title(rect).match(/\((\d+)/)[1] / 111;

		return Math.abs(g.width(rect) - share * g.full()) < 0.01 || g.title(rect) + ' is ' + g.width(rect);
	}));
	check('as wide as there is room', equal('width', Math.round(g.full()) + 20,
		Math.round(g.svg.parentElement ? g.svg.parentElement.clientWidth : innerWidth)));
	check('no text is longer than its frame', g.overlaps());
	check('kinds have colours of their own', equal('their number', new Set(
		['all (', 'alpha (', 'main (', 'vfs_read ('].map(n => getComputedStyle(g.find(n)).fill)).size, 4));

	g.click(g.find('alpha ('));
	check('siblings are hidden', equal('what is shown', g.names(g.rects()),
		['all', 'alpha', 'main', 'read', 'vfs_read', 'write', 'read']));
	g.click(g.find('all ('));
	g.click(g.find('beta ('));
	check('a click zooms', equal('what is shown', g.names(g.rects()),
		['all', 'beta', 'main', 'read', 'read']),
		equal('full width of beta', g.width(g.find('beta (')), g.full()),
		equal('full width of its callee', g.width(g.find('main (')), g.full()),
		equal('faded', g.names([...g.svg.querySelectorAll('.faded')]), ['all']),
		equal('the tooltip of its callee', g.title(g.find('main (')), 'main (46 samples, 41.44%)'),
		Math.abs(g.width(g.find('read (')) - g.full() * 17 / 46) < 0.01 || 'read is not 17/46 wide');
	g.click(g.find('read ('));
	check('a click zooms further', equal('what is shown', g.names(g.rects()),
		['all', 'beta', 'main', 'read', 'read']),
		equal('full width', new Set(g.rects().map(g.width)).size, 1),
		equal('faded', g.names([...g.svg.querySelectorAll('.faded')]), ['all', 'beta', 'main']));
	check('the status names the zoomed frame', equal('it', g.status(),
		'read: 17 samples, 15.32% of all, 100.00% of read'));
	g.click(g.find('beta ('));
	check('a click on a caller zooms out to it', equal('faded',
		g.names([...g.svg.querySelectorAll('.faded')]), ['all']));
	g.find('read (').dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
	check('the status says the shares of the frame under the pointer', equal('it', g.status(),
		'read: 17 samples, 15.32% of all, 36.96% of beta'));
	g.find('read (').dispatchEvent(new PointerEvent('pointerout', { bubbles: true }));
	check('and then again of the zoomed one', equal('it', g.status(),
		'beta: 46 samples, 41.44% of all, 100.00% of beta'));
	g.click(g.find('all ('));
	check('a click on the root shows all', equal('the list', g.titles(), TITLES),
		equal('faded', g.svg.querySelectorAll('.faded').length, 0));
	g.click(g.find('beta ('));
	g.svg.querySelector('.reset').click();
	check('so does the button', equal('the list', g.titles(), TITLES),
		equal('it then is of no use', g.svg.querySelector('.reset').disabled, true));
	g.click(g.find('beta ('));
	g.key('Escape', {}, g.svg);
	check('and Esc', equal('the list', g.titles(), TITLES));

	g.search('^read$');
	check('search: the frames', equal('marked', g.matches(), ['read', 'read', 'read', 'read']));
	check('search: a match in a match counts once', equal('it', g.matched(),
		'matched 73.87% (82 samples)'));
	g.search('READ');
	check('search: any case, any part', equal('marked', g.matches(),
		['read', 'vfs_read', 'read', 'read', 'read']));
	g.search('vfs|WR.TE$');
	check('search: a regular expression', equal('marked', g.matches(), ['vfs_read', 'write']),
		equal('share', g.matched(), 'matched 48.65% (54 samples)'));
	g.search('read(');
	check('search: no regular expression is text', equal('marked', g.matches(), []),
		equal('share', g.matched(), 'matched 0.00% (0 samples)'));
	g.search('all');
	check('search: the root is no match', equal('marked', g.matches(), []));
	g.search('alpha');
	g.click(g.find('beta ('));
	check('search: the share is one of all when zoomed', equal('share', g.matched(),
		'matched 58.56% (65 samples)'), equal('marked', g.matches(), []));
	g.key('Escape', {}, g.svg);
	check('search: marks are there again after zooming', equal('marked', g.matches(), ['alpha']));
	g.svg.querySelector('.clear').click();
	check('search: cleared', equal('marked', g.matches(), []), equal('share', g.matched(), ''),
		equal('dimmed', g.svg.querySelectorAll('.searching').length, 0),
		equal('text', g.field().value, ''));
	check('no text is longer than its frame afterwards', g.overlaps());

	g.find('all (').focus();
	g.key('ArrowUp');
	g.key('ArrowRight');
	check('keys: from frame to frame', equal('focus on', g.title(document.activeElement), TITLES[7]),
		equal('status', g.status(), 'beta: 46 samples, 41.44% of all'),
		equal('to be reached by Tab', g.names([...g.svg.querySelectorAll('[tabindex="0"]')]), ['beta']));
	g.key('Enter');
	check('keys: Enter zooms', equal('full width', g.width(g.find('beta (')), g.full()),
		equal('focus on', g.title(document.activeElement), TITLES[7]));
	g.key('ArrowDown');
	check('keys: down to the caller', equal('focus on', g.title(document.activeElement), TITLES[0]));
	g.key('Enter');
	check('keys: and out', equal('the list', g.titles(), TITLES));
	document.activeElement.blur();
}

function alone(g) {
	check('keys: Ctrl-F goes to the search field', equal('taken', g.key('f', { ctrlKey: true }), true),
		equal('focus', document.activeElement === g.field(), true));
	check('keys: a second one is the browser\'s', equal('taken', g.key('f', { ctrlKey: true }), false));
	g.search('write');
	g.key('Escape');
	check('keys: Esc clears the search', equal('text', g.field().value, ''));
	check('the title of the window', equal('it', document.title, 'Known & <b>stacks</b>'));
}

function hostile(g) {
	const titles = g.titles().join('\n');

	check('hostile names are text', equal('names in which something runs', window.hacked, undefined),
		equal('scripts', document.querySelectorAll('script:not(.test)').length, 1),
		equal('elements of theirs', document.querySelectorAll('img, b, a, iframe, set').length, 0),
		[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())
			.filter(n => n.startsWith('on')).map(n => 'attribute ' + n));
	check('hostile names are recognised', ['<script>window.hacked=1<\/script>', ']]\x3e<\/script>', '</metadata>',
		'" onload="window.hacked=1', '&lt,&#x3c,', 'escape\ufffd[31m', 'broken\ufffd\ufffdutf8',
		'right\ufffdgpj.exe', 'n'.repeat(4000)].map(n => titles.includes(n) || 'no ' + n));
	check('hostile names fit', g.overlaps());
	g.search('<script>');
	check('hostile names are found', equal('marked', g.matches().map(n => n.includes('<script>')),
		Array(6).fill(true)), equal('share', g.matched(), 'matched 14.29% (202 <b>samples</b>)'));
	g.search('');
	g.click(g.find('<script>'));
	check('hostile names are zoomed', equal('full width', g.width(g.find('<script>')), g.full()),
		equal('names in which something runs', window.hacked, undefined));
	g.key('Escape', {}, g.svg);
}

function dark(g) {
	const light = color => color.match(/\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 3;
	const style = getComputedStyle(g.svg);

	check('dark where that is wanted', light(style.backgroundColor) < 60 || style.backgroundColor,
		light(style.color) > 200 || style.color,
		...g.rects().map(r => light(getComputedStyle(r).fill) < 130 || getComputedStyle(r).fill));
}

function deep(g) {
	const root = g.find('all (').getBoundingClientRect(), bar = g.svg.querySelector('.bar');

	check('the root of 300 frames is in sight', root.bottom <= innerHeight || `${root.bottom} of ${innerHeight}`);
	check('and so is the search field', Math.abs(bar.getBoundingClientRect().top) < 2 ||
		bar.getBoundingClientRect().top);
	check('huge numbers are exact', equal('title', g.title(g.find('all (')),
		'all (9,007,199,254,740,993 samples, 100.00%)'));
}

function wide(g) {
	const begin = performance.now();

	check('thousands of stacks are drawn', g.rects().length > 1000 || g.rects().length);
	check('no text is longer than its frame', g.overlaps());
	g.search('f1');
	check('and searched', equal('share', g.matched(), 'matched 6.67% (600 samples)'));
	g.click(g.find('p1 ('));
	check('narrow frames appear when zoomed', g.find('f1_1_1 (') ? null : 'f1_1_1 is missing');
	lines.push(`# search and zoom: ${Math.round(performance.now() - begin)} ms`);
}

// Two graphs in an HTML page, which has called flame() for both.
function page(g) {
	const [one, two] = [...document.querySelectorAll('svg.flame')].map(svg => new Graph(svg));

	known(one);
	one.click(one.find('beta ('));
	check('two graphs do not disturb each other', equal('the other one', two.titles(), TITLES));
	check('a page keeps its Ctrl-F', equal('taken', one.key('f', { ctrlKey: true }, document.body), false));
	check('and in a graph the field gets it', equal('taken', two.key('f', { ctrlKey: true },
		two.find('all (')), true), equal('focus', document.activeElement === two.field(), true));
	check('one name is added to the page', equal('names',
		window.namesAfter.filter(n => !window.namesBefore.includes(n)), ['flame']));
	check('nothing that a strict page forbids', window.violations);
	check('an image of it is shown', equal('its width', document.images[0].naturalWidth, 1220));
}

function run() {
	const out = document.createElementNS('http://www.w3.org/1999/xhtml', 'pre');
	const what = { known, alone, hostile, dark, deep, wide, page };
	const g = new Graph(document.querySelector('svg.flame'));

	for (const name of document.querySelector('script.test').getAttribute('data-run').split(' ')) {
		try {
			what[name](g);
		} catch (error) {
			check(name + ' runs to its end', String(error.stack));
		}
	}
	out.id = 'results';
	out.textContent = '\n' + lines.join('\n') + '\n';
	(document.body || document.documentElement).append(out);
}
addEventListener('load', run);
