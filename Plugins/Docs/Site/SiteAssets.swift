import JourneymanActionKit

/// The style, the script and the icon that all sites share.
enum SiteAssets {
  /// Adds the files, and the index of the search.
  static func add(to site: inout Site, search: SearchIndex) throws(PluginError) {
    try site.add(style, at: "site-assets/style.css")
    try site.add(script, at: "site-assets/script.js")
    try site.add(icon, at: "site-assets/icon.svg")
    try site.add(search.script, at: "site-assets/search.js")
  }

  static let icon = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#2f6fde" d="M3 1h7l3 3v11H3z"/>\
    <path fill="#fff" d="M5 6h6v1H5zm0 3h6v1H5zm0 3h4v1H5z"/></svg>

    """

  /// Colours reach a contrast of 4.5 to 1 on their backgrounds in both schemes.
  static let style = """
    :root{color-scheme:light dark;--back:#fff;--fore:#1c2024;--soft:#5a636d;--line:#d8dde3;--box:#f4f6f8;
    --link:#1b5cc8;--mark:#fff3bf;--get:#1a6b3c;--post:#1b5cc8;--put:#8a5200;--delete:#b3261e;--other:#6b3fa0;
    --keyword:#8b1fa9;--string:#1a6b3c;--comment:#5a636d;--number:#1b5cc8}
    @media (prefers-color-scheme:dark){:root{--back:#14171a;--fore:#e3e7eb;--soft:#a0a9b3;--line:#343a41;--box:#1d2126;
    --link:#8ab4f8;--mark:#5c4a00;--get:#7ad19a;--post:#8ab4f8;--put:#f0b35e;--delete:#ff9d94;--other:#cba6f7;
    --keyword:#d7a8f0;--string:#9bd6a8;--comment:#a0a9b3;--number:#8ab4f8}}
    *{box-sizing:border-box}
    html{scroll-padding-top:4.5rem;-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--back);color:var(--fore);font:1rem/1.6 system-ui,sans-serif;overflow-wrap:break-word}
    a{color:var(--link)}
    .skip{position:absolute;left:-100vw}
    .skip:focus{left:1rem;top:.5rem;z-index:9;background:var(--back);padding:.3rem}
    header{position:sticky;top:0;z-index:5;display:flex;gap:.8rem;align-items:center;padding:.6rem 1rem;
    background:var(--back);border-bottom:1px solid var(--line)}
    header .home{font-weight:650;color:var(--fore);text-decoration:none;white-space:nowrap;overflow:hidden;
    text-overflow:ellipsis;min-width:0}
    .version{font-size:.85rem;border:1px solid var(--line);border-radius:1rem;padding:0 .6rem;text-decoration:none}
    .search{margin-left:auto;position:relative;flex:0 1 20rem;min-width:7rem}
    .search input{width:100%;font:inherit;padding:.3rem .6rem;border:1px solid var(--line);border-radius:.4rem;
    background:var(--box);color:var(--fore)}
    #site-results{position:absolute;right:0;width:min(30rem,92vw);max-height:70vh;overflow:auto;margin:.3rem 0 0;
    padding:.3rem;list-style:none;background:var(--back);border:1px solid var(--line);border-radius:.4rem}
    #site-results a{display:block;padding:.35rem .5rem;text-decoration:none;border-radius:.3rem}
    #site-results a:hover,#site-results a:focus,#site-results .chosen{background:var(--box)}
    #site-results small{display:block;color:var(--soft)}
    .columns{display:grid;grid-template-columns:minmax(13rem,18rem) minmax(0,1fr) minmax(0,14rem);max-width:95rem;
    margin:0 auto}
    .tree,.outline{position:sticky;top:3.6rem;align-self:start;max-height:calc(100vh - 3.6rem);overflow:auto;
    padding:1rem;font-size:.9rem}
    .tree ul,.outline ul{list-style:none;margin:0;padding:0}
    .tree ul ul{padding-left:.8rem}
    .tree a,.outline a,.tree .group{display:block;padding:.15rem 0;color:var(--soft);text-decoration:none}
    .tree .group{font-weight:600;margin-top:.5rem}
    .tree a[aria-current]{color:var(--link);font-weight:600}
    .outline p{margin:0;font-weight:600}
    .outline .depth-2{padding-left:.8rem}.outline .depth-3{padding-left:1.6rem}.outline .depth-4{padding-left:2.4rem}
    main{padding:1rem 1.5rem 4rem;min-width:0}
    #site-menu{position:absolute;opacity:0}
    .menu-button{display:none;font-size:1.3rem;cursor:pointer}
    #site-menu:focus-visible+.menu-button{outline:2px solid var(--link)}
    h1,h2,h3,h4,h5,h6{line-height:1.25;margin:2rem 0 .8rem}
    h1{margin-top:.5rem}
    h2{border-bottom:1px solid var(--line);padding-bottom:.3rem}
    .anchor{margin-left:.4rem;text-decoration:none;opacity:0}
    h1:hover .anchor,h2:hover .anchor,h3:hover .anchor,h4:hover .anchor,.anchor:focus{opacity:1}
    code,pre{font:.88em/1.5 ui-monospace,monospace}
    code{background:var(--box);border-radius:.25rem;padding:.1em .3em}
    pre{background:var(--box);border:1px solid var(--line);border-radius:.4rem;padding:.8rem;overflow:auto;
    position:relative}
    pre code{padding:0;background:none}
    .copy{position:absolute;top:.3rem;right:.3rem;font:.75rem system-ui;color:var(--soft);background:var(--back);
    border:1px solid var(--line);border-radius:.3rem;cursor:pointer}
    .k{color:var(--keyword)}.s{color:var(--string)}.c{color:var(--comment)}.n{color:var(--number)}
    table{display:block;overflow-x:auto;border-collapse:collapse;max-width:100%}
    th,td{border:1px solid var(--line);padding:.35rem .7rem;text-align:left;vertical-align:top}
    .center{text-align:center}.right{text-align:right}
    img,video{max-width:100%;height:auto}
    blockquote{margin:1rem 0;padding:.1rem 1rem;border-left:.25rem solid var(--line);color:var(--soft)}
    .method{display:inline-block;font:700 .75em ui-monospace,monospace;text-transform:uppercase;color:var(--other)}
    .get{color:var(--get)}.post{color:var(--post)}.put,.patch{color:var(--put)}.delete{color:var(--delete)}
    .path{font:1em ui-monospace,monospace;overflow-wrap:anywhere}
    .type{color:var(--soft);font-size:.9em}
    .flag{font-size:.8em;border:1px solid var(--line);border-radius:1rem;padding:0 .5em;color:var(--soft)}
    .required{color:var(--delete)}
    .deprecated{color:var(--put)}
    .properties{list-style:none;margin:.3rem 0;padding-left:.9rem;border-left:2px solid var(--line)}
    .properties>li{margin:.5rem 0}
    .properties p{margin:.2rem 0}
    details{margin:.5rem 0}summary{cursor:pointer}
    section.operation{border-top:1px solid var(--line);margin-top:2.5rem;padding-top:.5rem}
    section.operation h2{border:0}
    .samples{border:1px solid var(--line);border-radius:.4rem;padding:.5rem .8rem;margin:1rem 0;min-width:0}
    .samples>input{position:absolute;opacity:0}
    .samples>label{display:inline-block;padding:.1rem .6rem;border-radius:.3rem;cursor:pointer;color:var(--soft)}
    .samples>input:checked+label{background:var(--box);color:var(--link);font-weight:600}
    .samples>input:focus-visible+label{outline:2px solid var(--link)}
    .samples>pre{display:none}
    .samples>input:nth-of-type(1):checked~pre:nth-of-type(1),.samples>input:nth-of-type(2):checked~pre:nth-of-type(2),
    .samples>input:nth-of-type(3):checked~pre:nth-of-type(3),.samples>input:nth-of-type(4):checked~pre:nth-of-type(4),
    .samples>input:nth-of-type(5):checked~pre:nth-of-type(5){display:block}
    .neighbours{display:flex;justify-content:space-between;gap:1rem;margin-top:3rem;border-top:1px solid var(--line);
    padding-top:1rem}
    .neighbours .next{margin-left:auto}
    .neighbours .prev::before{content:"← "}.neighbours .next::after{content:" →"}
    mark{background:var(--mark);color:inherit}
    .plain{max-width:45rem;margin:0 auto}
    @media (max-width:70rem){.columns{grid-template-columns:minmax(13rem,16rem) minmax(0,1fr)}.outline{display:none}}
    @media (max-width:48rem){.columns{display:block}.menu-button{display:block}.tree{display:none;position:static;
    max-height:none;border-bottom:1px solid var(--line)}
    header:has(#site-menu:checked)+.columns .tree{display:block}main{padding:1rem}}
    @media print{header,.tree,.outline,.neighbours{display:none}.columns{display:block}}

    """

  /// Texts only ever become text nodes, never markup.
  static let script = """
    (() => {
      'use strict';
      const root = document.currentScript.dataset.root;
      const field = document.getElementById('site-search');
      const results = document.getElementById('site-results');
      if (!field || !results) return;
      let loading = null;
      let chosen = -1;

      const load = () => loading ??= new Promise((done, failed) => {
        const script = document.createElement('script');
        script.src = root + 'site-assets/search.js';
        script.onload = () => done(window.searchEntries ?? []);
        script.onerror = failed;
        document.head.append(script);
      });

      const close = () => { results.hidden = true; chosen = -1; };

      const find = (entries, words) => {
        const found = [];
        for (const [title, url, text] of entries) {
          const name = title.toLowerCase();
          const rest = text.toLowerCase();
          let score = 0;
          for (const word of words) {
            if (name === word) score += 20;
            else if (name.startsWith(word)) score += 10;
            else if (name.includes(word)) score += 5;
            else if (rest.includes(word)) score += 1;
            else { score = 0; break; }
          }
          if (score > 0) found.push({ title, url, text, score });
        }
        return found.sort((a, b) => b.score - a.score).slice(0, 30);
      };

      const excerpt = (text, word) => {
        const at = Math.max(0, text.toLowerCase().indexOf(word) - 40);
        return (at > 0 ? '… ' : '') + text.slice(at, at + 120) + (text.length > at + 120 ? ' …' : '');
      };

      const show = async () => {
        const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
        if (words.length === 0) return close();
        const found = find(await load(), words);
        results.replaceChildren(...found.map((entry) => {
          const item = document.createElement('li');
          const link = document.createElement('a');
          const note = document.createElement('small');
          link.href = root + entry.url;
          link.textContent = entry.title;
          note.textContent = excerpt(entry.text, words[0]);
          link.append(note);
          item.append(link);
          return item;
        }));
        if (found.length === 0) {
          const item = document.createElement('li');
          item.textContent = 'Nothing found';
          results.append(item);
        }
        results.hidden = false;
        chosen = -1;
      };

      field.addEventListener('focus', load);
      field.addEventListener('input', show);
      field.addEventListener('keydown', (event) => {
        const links = [...results.querySelectorAll('a')];
        if (event.key === 'Escape') { field.value = ''; close(); }
        else if (event.key === 'Enter' && links.length > 0) { location.href = links[Math.max(chosen, 0)].href; close(); }
        else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
          event.preventDefault();
          const step = event.key === 'ArrowDown' ? 1 : -1;
          chosen = Math.min(Math.max(chosen + step, 0), links.length - 1);
          links.forEach((link, index) => link.classList.toggle('chosen', index === chosen));
          links[chosen]?.scrollIntoView({ block: 'nearest' });
        }
      });
      document.addEventListener('click', (event) => { if (!event.target.closest('.search')) close(); });
      document.addEventListener('keydown', (event) => {
        if (event.key !== '/' || event.target.closest('input, textarea')) return;
        event.preventDefault();
        field.focus();
      });

      const toggle = document.getElementById('site-menu');
      document.querySelector('nav.tree')?.addEventListener('click', (event) => {
        if (event.target.closest('a')) toggle.checked = false;
      });

      if (navigator.clipboard) {
        for (const block of document.querySelectorAll('main pre')) {
          const button = document.createElement('button');
          button.className = 'copy';
          button.type = 'button';
          button.textContent = 'Copy';
          button.addEventListener('click', async () => {
            await navigator.clipboard.writeText(block.querySelector('code')?.textContent ?? '');
            button.textContent = 'Copied';
          });
          block.append(button);
        }
      }
    })();

    """
}
