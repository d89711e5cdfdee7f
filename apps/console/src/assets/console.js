// Keeps what is on the page up to date: the list of what waits, the time that is left, and whether somebody else has decided. Every page works without it.
// What it gets is the console's own pages, taken apart by the browser's parser, never made into markup here.

const units = [[86_400, 'd'], [3_600, 'h'], [60, 'min'], [1, 's']];

function leftText(ms) {
  if (ms <= 0) return 'no time left';
  let rest = Math.floor(ms / 1000);
  const parts = [];
  for (const [seconds, unit] of units) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) parts.push(`${count} ${unit}`);
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
  }
  return `${parts.join(' ') || '0 s'} left`;
}

function tick() {
  for (const time of document.querySelectorAll('time.left')) {
    const text = leftText(Number(time.dataset.until) - Date.now());
    if (time.textContent !== text) time.textContent = text;
  }
}

/** The page as it is now; undefined if it cannot be had, or the session is over. */
async function present() {
  if (document.hidden) return undefined;
  try {
    const response = await fetch(location.href, { headers: { 'x-docket-poll': '1' }, redirect: 'error' });
    return response.ok ? new DOMParser().parseFromString(await response.text(), 'text/html') : undefined;
  } catch {
    return undefined;
  }
}

/** Without the times, which change by themselves. */
function gist(element) {
  const copy = element.cloneNode(true);
  for (const time of copy.querySelectorAll('time')) time.textContent = '';
  return copy.innerHTML;
}

async function refresh(region) {
  const fresh = (await present())?.getElementById(region.id);
  if (!fresh || gist(fresh) === gist(region)) return;
  const focused = region.contains(document.activeElement) ? document.activeElement.id : '';
  region.replaceChildren(...document.adoptNode(fresh).childNodes);
  if (focused !== '') document.getElementById(focused)?.focus();
  tick();
}

async function watch(approval) {
  const fresh = (await present())?.querySelector('[data-version]');
  if (fresh && fresh.dataset.version !== approval.dataset.version) document.getElementById('news').hidden = false;
}

function every(ms, work) {
  setTimeout(async () => {
    await work();
    every(ms, work);
  }, ms);
}

setInterval(tick, 1_000);
for (const region of document.querySelectorAll('[data-refresh]')) every(Number(region.dataset.refresh), () => refresh(region));
for (const approval of document.querySelectorAll('[data-watch]')) every(Number(approval.dataset.watch), () => watch(approval));
