import { HOSTILE_CHARACTERS } from './hostile-characters.js';
import { HOSTILE_LINKS } from './hostile-links.js';

/** Texts that must be refused, by attack. */
export const REFUSED: Readonly<Record<string, readonly string[]>> = { ...HOSTILE_LINKS, ...HOSTILE_CHARACTERS };

/** Texts that may be said, because nothing that is made of them can act: by attack. */
export const NEUTRALIZED: Readonly<Record<string, readonly string[]>> = {
  HTML: [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    "'><b>bold</b>",
    '</p></div></body></html>',
    '<!-- a comment',
    '-->',
    '<form action=x><input name=code>',
    '<style>p{display:none}</style>',
    '</style><script>alert(1)</script>',
    '<a href=x>click</a>',
    '<iframe srcdoc="hi">',
    '<plaintext>',
    '<![CDATA[ x ]]>',
    '<?xml version="1"?>',
    '<mj-raw>x</mj-raw>',
    '<mj-text>x</mj-text>',
    '<math><mtext></mtext></math>',
    '<title>x</title>',
    '<meta charset=utf-7>',
  ],
  'an attribute': [
    '" onclick="alert(1)',
    "' onmouseover='alert(1)",
    '" style="display:none',
    '` onload=`alert(1)',
    '"/><br class="',
  ],
  'an entity': ['&lt;script&gt;alert(1)&lt;/script&gt;', '&amp;lt;b&amp;gt;', '&quot;', '&nbsp;', '&'],
  'a template': [
    '{{constructor}}',
    '$\u007bprocess}',
    '#{7*7}',
    '<%= x %>',
    '{otp}',
    '{app}',
    '{code}',
    '{minutes, plural, other {#}}',
    "'{code}'",
    '{',
    '}',
    '%s %n',
    '$& $1 $$',
    '[[x]]',
    '{% raw %}',
  ],
  'a style': ['}body{display:none}', 'expression(alert(1))', '*/ p { color: red }', '!important', '\\0000'],
  'a formula or a shell': ['=1+1', '=cmd|x', '; rm -rf', '$(id)', '`id`', "' or ''='"],
};
