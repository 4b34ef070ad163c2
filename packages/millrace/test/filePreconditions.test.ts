import { expect, it } from 'vitest'
import { describeTransports } from './support/serve.ts'
import { etagOf, filesApp, hundred, lastModified } from './support/servedFiles.ts'

describeTransports('the preconditions of a file', (serve) => {
  const etag = etagOf(hundred)
  const before = 'Wed, 04 Mar 2026 05:06:06 GMT'
  const after = 'Wed, 04 Mar 2026 05:06:08 GMT'

  it.each<[string, Record<string, string>, 200 | 304 | 412]>([
    ['the same tag', { 'if-none-match': etag }, 304],
    ['a weak form of it', { 'if-none-match': `W/${etag}` }, 304],
    ['a list that has it', { 'if-none-match': `"a,b", ${etag} , "c"` }, 304],
    ['any tag', { 'if-none-match': ' * ' }, 304],
    ['another tag', { 'if-none-match': '"other"' }, 200],
    ['a tag without quotes', { 'if-none-match': etag.replaceAll('"', '') }, 200],
    ['not since its change', { 'if-modified-since': lastModified }, 304],
    ['not since later', { 'if-modified-since': after }, 304],
    ['since before', { 'if-modified-since': before }, 200],
    ['the date of RFC 850', { 'if-modified-since': 'Wednesday, 04-Mar-26 05:06:07 GMT' }, 304],
    ['the date of asctime', { 'if-modified-since': 'Wed Mar  4 05:06:07 2026' }, 304],
    ['the date of asctime, before', { 'if-modified-since': 'Wed Mar  4 05:06:06 2026' }, 200],
    ['what is no date', { 'if-modified-since': '2026-12-01' }, 200],
    ['a tag before a date', { 'if-none-match': '"other"', 'if-modified-since': after }, 200],
    ['its tag and an old date', { 'if-none-match': etag, 'if-modified-since': before }, 304],
    ['if it matches', { 'if-match': etag }, 200],
    ['if any matches', { 'if-match': '*' }, 200],
    ['if another matches', { 'if-match': '"other"' }, 412],
    ['if a weak form matches', { 'if-match': `W/${etag}` }, 412],
    ['if unmodified', { 'if-unmodified-since': lastModified }, 200],
    ['if unmodified since before', { 'if-unmodified-since': before }, 412],
    ['if unmodified since no date', { 'if-unmodified-since': 'yesterday' }, 200],
    ['a match before a date', { 'if-match': etag, 'if-unmodified-since': before }, 200],
    ['both kinds', { 'if-match': etag, 'if-none-match': etag }, 304],
    ['both kinds, the first failing', { 'if-match': '"other"', 'if-none-match': etag }, 412],
  ])('%s', async (_name, headers, status) => {
    const { request } = await serve(filesApp())
    for (const method of ['GET', 'HEAD']) {
      const response = await request('/hundred', { method, headers })
      expect([method, response.status]).toEqual([method, status])
      if (status === 412) continue
      expect([response.headers.get('etag'), response.headers.get('last-modified')]).toEqual([etag, lastModified])
      if (status === 304) expect([response.headers.get('content-type'), await response.text()]).toEqual([null, ''])
    }
  })

  it('that fail are told of as a problem', async () => {
    const { request } = await serve(filesApp())
    const response = await request('/hundred', { headers: { 'if-match': '"other"' } })
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Precondition Failed',
      status: 412,
      detail: 'The file is not, or not any more, the one that the request is about',
      code: 'precondition_failed',
    })
  })
})
