"""Nothing anyone types becomes HTML that we didn't choose. Judged on the parsed output against an
allow-list; the sanitiser, the second line of defence, is also tested alone.

Sources of the payloads: OWASP's XSS filter evasion cheat sheet, PortSwigger's XSS cheat sheet, the
advisories of markdown-it, marked, DOMPurify and bleach.
"""

from collections.abc import Iterator
from html import unescape

import pytest

from rooms.text import highlighting
from rooms.text.markup import render
from rooms.text.sanitiser import sanitised
from tests.markup import Walker

HTML = """
<script>alert(1)</script>
<ScRiPt>alert(1)</sCrIpT>
<script src=//evil.example/x.js></script>
<script/src=data:,alert(1)>
<script>alert(1)
<scr<script>ipt>alert(1)</scr</script>ipt>
</script><script>alert(1)</script>
<script\t>alert(1)</script>
<img src=x onerror=alert(1)>
<img/src=x/onerror=alert(1)>
<img src="x" onerror="alert(1)" />
<img src=x:alert(alt) onerror=eval(src) alt=0>
<IMG SRC=javascript:alert(1)>
<img src=`x`onerror=alert(1)>
<img ''""><script>alert(1)</script>">
<img src=x onerror
<image src=x onerror=alert(1)>
<svg onload=alert(1)>
<svg/onload=alert(1)>
<svg><script>alert(1)</script></svg>
<svg><a xlink:href=javascript:alert(1)><text y=20>x</text></a></svg>
<svg><animate onbegin=alert(1) attributeName=x dur=1s>
<svg><set attributeName=href to=javascript:alert(1)>
<svg><use href="data:image/svg+xml,<svg id=x onload=alert(1)>#x">
<svg><foreignObject><iframe srcdoc=x></foreignObject></svg>
<svg><style><img src=x onerror=alert(1)></style></svg>
<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>
<math><mi//xlink:href="data:x,<script>alert(1)</script>">
<math href="javascript:alert(1)">x</math>
<iframe src=javascript:alert(1)></iframe>
<iframe srcdoc="<script>alert(1)</script>"></iframe>
<object data=javascript:alert(1)></object>
<embed src=javascript:alert(1)>
<applet code=x></applet>
<base href=//evil.example/>
<meta http-equiv=refresh content="0;url=javascript:alert(1)">
<link rel=stylesheet href=//evil.example/x.css>
<style>@import '//evil.example/x.css';</style>
<style>*{background:url(javascript:alert(1))}</style>
<form action=javascript:alert(1)><button>x</button></form>
<form><button formaction=javascript:alert(1)>x</button></form>
<input autofocus onfocus=alert(1)>
<select autofocus onfocus=alert(1)>
<textarea autofocus onfocus=alert(1)>
<keygen autofocus onfocus=alert(1)>
<video><source onerror=alert(1)></video>
<video src=x onerror=alert(1)>
<video poster=javascript:alert(1)>
<audio src=x onerror=alert(1)>
<details open ontoggle=alert(1)>
<marquee onstart=alert(1)>
<body onload=alert(1)>
<body background=javascript:alert(1)>
<frameset onload=alert(1)>
<table background=javascript:alert(1)>
<td background=javascript:alert(1)>
<div style="background:url(javascript:alert(1))">x</div>
<div style="width:expression(alert(1))">x</div>
<div onmouseover=alert(1)>x</div>
<div class="modal" id="login">x</div>
<p onclick=alert(1)>x</p>
<p style=position:fixed;inset:0>x</p>
<p class="emoji-only" id=x>x</p>
<b onmouseover=alert(1)>x</b>
<a onclick=alert(1)>x</a>
<a href=//evil.example>x</a>
<a href=javascript:alert(1)>x</a>
<a href=" &#14; javascript:alert(1)">x</a>
<a href="jav&#x09;ascript:alert(1)">x</a>
<a href="jav&#x0A;ascript:alert(1)">x</a>
<a href="&#106;&#97;&#118;&#97;script:alert(1)">x</a>
<a href=data:text/html,<script>alert(1)</script>>x</a>
<a href="vbscript:msgbox(1)">x</a>
<a target=_self href=https://evil.example rel=opener>x</a>
<span class="code-language" onclick=alert(1)>x</span>
<code class="language-python evil">x</code>
<pre class="code" style=x>x</pre>
<ol start="1" onclick=alert(1)><li>x</ol>
<template><script>alert(1)</script></template>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
<noembed><img src=x onerror=alert(1)></noembed>
<xmp><img src=x onerror=alert(1)></xmp>
<plaintext><img src=x onerror=alert(1)>
<title><img src=x onerror=alert(1)></title>
<!--<img src="--><img src=x onerror=alert(1)//">
<!-- --!><img src=x onerror=alert(1)>
<![CDATA[<script>alert(1)</script>]]>
<?xml version="1.0"?><script>alert(1)</script>
<!DOCTYPE html><script>alert(1)</script>
<x onclick=alert(1)>click</x>
<x-element onfocus=alert(1) tabindex=1>
<dialog open onclose=alert(1)>
<portal src=//evil.example>
<slot onslotchange=alert(1)>
<isindex action=javascript:alert(1) type=image>
<//script><script>alert(1)</script>
<%2fscript><img src=x onerror=alert(1)>
<a/onmouseover=alert(1)//>x
<<script>alert(1)//<</script>
"><img src=x onerror=alert(1)>
'><svg/onload=alert(1)>
" onmouseover="alert(1)
' autofocus onfocus='alert(1)
javascript:/*--></title></style></textarea></script><svg/onload=alert(1)>
&lt;script&gt;alert(1)&lt;/script&gt;
&#60;img src=x onerror=alert(1)&#62;
{{7*7}} ${7*7} <%= 7*7 %>
{{constructor.constructor('alert(1)')()}}
""".strip().split("\n")

MARKDOWN = r"""
[x](javascript:alert(1))
[x](JaVaScRiPt:alert(1))
[x](javascript&colon;alert(1))
[x](JaVaScRiPt&colon;alert(1))
[x](javascript&#58;alert(1))
[x](&#106;avascript:alert(1))
[x](java&Tab;script:alert(1))
[x](java&NewLine;script:alert(1))
[x](<javascript:alert(1)>)
[x](< javascript:alert(1)>)
[x]( javascript:alert(1))
[x](javascript://https://a.example/%0aalert(1))
[x](\javascript:alert(1))
[x](javascript\:alert(1))
[x](vbscript:msgbox(1))
[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)
[x](data:image/svg+xml,<svg onload=alert(1)>)
[x](data:image/png;base64,AAAA)
[x](file:///etc/passwd)
[x](blob:https://a.example/1)
[x](filesystem:https://a.example/1)
[x](//evil.example)
[x](/rooms/general/)
[x](\\evil.example)
[x](https:evil.example)
[x](https:///evil.example)
[x](https:\\evil.example)
[x](#x)
[x](?x)
[x](https://a.example" onmouseover="alert(1))
[x](https://a.example' onmouseover='alert(1))
[x](<https://a.example" onclick="alert(1)>)
[x](https://a.example "t" onclick="alert(1)")
[x](https://a.example '"><script>alert(1)</script>')
[x](https://a.example/<script>alert(1)</script>)
[<script>alert(1)</script>](https://a.example)
[<img src=x onerror=alert(1)>](https://a.example)
[x](mailto:a@b.example?body=<script>alert(1)</script>)
[x](mailto:javascript:alert(1))
![](x" onerror="alert(1))
![x](javascript:alert(1))
![x](https://a.example/a.png"onerror="alert(1))
![" onerror="alert(1)](https://a.example/a.png)
![![x](x)](javascript:alert(1))
<javascript:alert(1)>
<https://a.example/"onclick="alert(1)>
https://a.example/"onmouseover="alert(1)
https://a.example/'onmouseover='alert(1)
https://a.example/<script>alert(1)</script>
https://a.example/?<svg/onload=alert(1)>
https://a.example/`onclick=alert(1)
https://a"onclick="alert(1).example/
https://javascript:alert(1)@a.example/
www.a.example/"onmouseover="alert(1)
mailto:"<script>alert(1)</script>"@a.example
mailto:a@b.example"onclick="alert(1)
`<script>alert(1)</script>`
`</code><script>alert(1)</script>`
``` </code></pre><script>alert(1)</script> ```
**<script>alert(1)</script>**
~~<img src=x onerror=alert(1)>~~
> <script>alert(1)</script>
- <script>alert(1)</script>
1. <img src=x onerror=alert(1)>
999999999. <svg onload=alert(1)>
[x]: javascript:alert(1)
[x][y]
*<a href="*" onclick=alert(1)>*
_<img src="_" onerror=alert(1)>_
[a](https://a.example)[b](javascript:alert(1))
[a [b](https://a.example)](javascript:alert(1))
[`](https://a.example)`"onclick=alert(1)
\<script>alert(1)\</script>
&#x3C;script&#x3E;alert(1)&#x3C;/script&#x3E;
""".strip().split("\n")

BLOCKS = [
    "```html\n<script>alert(1)</script>\n```",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "```<script>alert(1)</script>\nx\n```",
    '```"onclick="alert(1)\nx\n```',
    '```python" onclick="alert(1)\nx\n```',
    "```&quot;&gt;&lt;script&gt;\nx\n```",
    "```python evil class=x\nx\n```",
    "```emoji-only\nx\n```",
    "```js\n`</script><script>alert(1)</script>`\n```",
    "```php\n?><script>alert(1)</script>\n```",
    "```django\n{{ x|safe }}{% autoescape off %}<script>\n```",
    "```diff\n-<script>\n+<img src=x onerror=alert(1)>\n```",
    "> ```html\n> <script>alert(1)</script>",
    "- ```html\n  <script>alert(1)</script>",
    "<div>\n\n**x**\n\n</div>",
    "<script>\n\nalert(1)\n\n</script>",
    "<style>\n\n*{}\n\n</style>",
    "[x](java\nscript:alert(1))",
    "[x\n](javascript:alert(1))",
    "[x]\n\n[x]: javascript:alert(1)",
    '[x]: https://a.example "onclick=alert(1)"\n\n[x]',
    "<img src=x\nonerror=alert(1)>",
    "<a\nhref=javascript:alert(1)>x</a>",
    "| <script>alert(1)</script> |\n|---|",
    "a\x01<script>alert(1)</script>",
    "[x](java\x01script:alert(1))",
    "[x](\u00a0javascript:alert(1))",
    "[x](\u2028javascript:alert(1))",
    "[x](javascript\uff1aalert(1))",
    "\ufeff<script>alert(1)</script>",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "<\u017fcript>alert(1)</\u017fcript>",
    "<script\u2028>alert(1)</script>",
    "👍<script>alert(1)</script>",
    "*" * 50 + "<script>alert(1)</script>" + "*" * 50,
    "> " * 50 + "<script>alert(1)</script>",
    "[" * 200 + "<script>alert(1)</script>",
]
PAYLOADS = HTML + MARKDOWN + BLOCKS


def spaced(text: str) -> str:
    return " ".join(text.split())


def test_the_corpus_is_large_enough() -> None:
    assert len(set(PAYLOADS)) >= 200


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        "<p onclick=x>y</p>",
        '<a href="javascript:x">y</a>',
        '<a href="https://a.example">y</a>',
        '<p class="modal">y</p>',
        "<!-- x -->",
        "<p>x",
    ],
)
def test_the_walker_notices_unlisted_html(html: str) -> None:
    assert Walker(html).wrong


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_only_listed_html_comes_out(payload: str) -> None:
    assert Walker(render(payload)).wrong == []


@pytest.mark.parametrize("payload", [p for p in HTML if not set(p) & set("*_`[\\")], ids=ascii)
def test_html_is_shown_as_it_was_typed(payload: str) -> None:
    assert spaced(Walker(render(payload)).text) == spaced(payload)


@pytest.mark.parametrize("payload", HTML + BLOCKS, ids=ascii)
def test_the_sanitiser_alone_is_enough(payload: str) -> None:
    """Clean the raw payload, as if the parser had let everything through."""
    walker = Walker(sanitised(payload))
    harmless = {"<a> with ['target', 'rel']", "<a> with ['rel']"}  # a link to nowhere
    assert [
        wrong for wrong in walker.wrong if wrong not in harmless and "class=''" not in wrong
    ] == []


def test_the_sanitiser_drops_the_content_of_scripts_and_styles() -> None:
    assert sanitised("<script>alert(1)</script><style>*{}</style>x") == "x"


def everywhere(payload: str) -> Iterator[str]:
    yield f"**{payload}**"
    yield f"> {payload}"
    yield f"- {payload}"
    yield f"[{payload}](https://a.example)"
    yield f"[x](https://a.example/{payload})"
    yield f"[x](https://a.example '{payload}')"
    yield f"https://a.example/{payload}"
    yield f"`{payload}`"
    yield f"```{payload}\nx\n```"
    yield f"```html\n{payload}\n```"


@pytest.mark.parametrize("payload", HTML, ids=ascii)
def test_only_listed_html_comes_out_inside_any_formatting(payload: str) -> None:
    for body in everywhere(payload):
        assert Walker(render(body)).wrong == [], body


@pytest.mark.parametrize("language", sorted(set(highlighting.LANGUAGES.values())))
def test_no_lexer_lets_html_through(language: str) -> None:
    code = "\n".join(HTML[:40])
    walker = Walker(render(f"```{language}\n{code}\n```"))
    assert walker.wrong == []
    assert spaced(code) in spaced(walker.text)


def test_a_message_is_escaped_once() -> None:
    assert unescape(render("a & b < c")) == "<p>a & b < c</p>"
