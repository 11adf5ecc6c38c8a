/** Words that lead to a guide, with a part of its title. */
const SEARCHES: Readonly<Record<string, string>> = {
  syncLimit: 'production',
  make_digest_acl: 'kazoo',
  PathChildrenCache: 'Curator',
  listSubTreeBFS: 'node-zookeeper-client',
  coalesced: 'contract',
  DataWatch: 'DataWatch',
};

/** The program of the page that looks at the others. `pages` has their paths. */
export const LOOK = `
const WIDTH = 390;
const searches = ${JSON.stringify(SEARCHES)};
const flaws = [];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function open(path, width) {
  const frame = document.createElement('iframe');
  frame.style.cssText = 'position:absolute;left:0;top:0;border:0;height:844px;width:' + width + 'px';
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
  frame.src = '/' + path;
  document.body.append(frame);
  await loaded;
  await frame.contentDocument.fonts.ready;
  return frame;
}

/** Whether an element is cut or scrolled by one around it. */
function isHeld(element, view) {
  for (let around = element.parentElement; around; around = around.parentElement) {
    if (view.getComputedStyle(around).overflowX !== 'visible' && around.clientWidth <= WIDTH) return true;
  }
  return false;
}

async function look(path) {
  const frame = await open(path, WIDTH);
  const page = frame.contentDocument;
  if (page.documentElement.scrollWidth > WIDTH) {
    const wide = [...page.querySelectorAll('.col-content *')].filter(
      (each) => each.getBoundingClientRect().right > WIDTH + 1 && !isHeld(each, frame.contentWindow),
    );
    const culprit = wide.at(-1);
    flaws.push(path + ' is ' + page.documentElement.scrollWidth + ' px wide at ' + WIDTH + ': ' +
      (culprit ? culprit.outerHTML.slice(0, 120) : 'nothing visible'));
  }
  const heading = page.querySelector('.col-content h1')?.textContent.trim() ?? '';
  if (heading === '') flaws.push(path + ' has no heading');
  if (path.startsWith('documents/') && !page.title.includes(heading.replaceAll('\`', ''))) {
    flaws.push(path + ' is titled ' + page.title + ', and headed ' + heading);
  }
  if (page.querySelector('img')) {
    for (const image of page.images) if (image.naturalWidth === 0) flaws.push(path + ' lacks an image: ' + image.src);
  }
  frame.remove();
}

async function search() {
  const frame = await open('index.html', 1200);
  const page = frame.contentDocument;
  page.querySelector('#tsd-search-trigger').click();
  const input = page.querySelector('#tsd-search-input');
  for (const [words, title] of Object.entries(searches)) {
    input.value = words;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    let found = [];
    for (let turn = 0; turn < 100 && !found.some((each) => each.includes(title)); turn += 1) {
      await pause(50);
      found = [...page.querySelectorAll('#tsd-search-results li')].map((each) => each.textContent);
    }
    if (!found.some((each) => each.includes(title))) {
      flaws.push('the search for ' + words + ' does not find ' + title + ', but ' + found.slice(0, 3).join(', '));
    }
  }
  frame.remove();
}

const waiting = [...pages];
const lookAtAll = async () => {
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) await look(path);
};
try {
  await Promise.all([search(), lookAtAll(), lookAtAll(), lookAtAll(), lookAtAll()]);
} catch (error) {
  flaws.push(String(error.stack ?? error));
}
await fetch('/report', { method: 'POST', body: JSON.stringify({ pages: pages.length, flaws }) });
`;
