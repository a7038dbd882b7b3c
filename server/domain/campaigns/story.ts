import { Marked } from 'marked';
import sanitizeHtml from 'sanitize-html';

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

// HTML that somebody typed is shown as the text it is; tables and strikethrough have no place in a story.
const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }) => escaped(text),
    image: ({ text }) => escaped(text),
    code: ({ text }) => `<p>${escaped(text)}</p>\n`,
    heading({ tokens, depth }) {
      // The page's own h1 is the campaign's title.
      const level = Math.min(Math.max(depth, 2), 4);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
  },
  tokenizer: { table: () => undefined, del: () => undefined },
});

// The second fence: whatever the first lets through, only these leave.
const ALLOWED: sanitizeHtml.IOptions = {
  allowedTags: ['h2', 'h3', 'h4', 'p', 'br', 'ul', 'ol', 'li', 'a', 'strong', 'em', 'blockquote'],
  allowedAttributes: { a: ['href', 'rel'] },
  allowedSchemes: ['http', 'https'],
  allowProtocolRelative: false,
  // Deeper tags are left out and their text stays: a browser grows slow with thousands, and nobody writes twenty.
  nestingLimit: 20,
  transformTags: {
    a: (_tag, { href = '' }): sanitizeHtml.Tag => ({
      tagName: 'a',
      // A relative address would be one of our own pages in somebody else's words.
      attribs: /^https?:\/\/[^/]/i.test(href) ? { href, rel: 'noopener nofollow ugc' } : {},
    }),
  },
  exclusiveFilter: ({ tag, attribs }) => (tag === 'a' && attribs.href === undefined ? 'excludeTag' : false),
};

/**
 * Markdown as HTML that may stand in a page: headings 2 to 4, paragraphs, lists, quotes, emphasis, links outside.
 * Slow or recursive without bound on hostile input, so requests go through `stories`.
 */
export const renderStory = (markdown: string): string =>
  sanitizeHtml(marked.parse(markdown, { async: false }), ALLOWED);
