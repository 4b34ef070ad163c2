import type { Random } from './random.ts'

/*
 * Requests put together of parts, each sound or on the verge: so two faults meet, and a sound head meets a bad body,
 * which changes of single octets hardly ever bring about.
 */

const methods = [
  'GET', 'POST', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'CONNECT', 'get', 'G3T', 'M-SEARCH', 'PRI', 'QUERY', 'P/T', '',
] // biome-ignore format: one a line would be a page
const targets = [
  '/', '/', '/', '/a?b=c', '*', 'http://a/', 'http://a', 'HTTP://A/b', 'http://b/', 'https://a?c', 'http://u@a/', 'http:///a', 'ftp://a/',
  'a:80', 'a', '//a/b', '/#a', '/a\xe9', '/a\x7f', '/a\0b', '/a\tb', '/a b', '', '?a', 'http://[::1]:80/',
] // biome-ignore format: one a line would be a page
const versions = [
  'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/1.2', 'HTTP/1.1 ', 'HTTP/11', 'http/1.1', '',
] // biome-ignore format: one a line would be a page
const hosts = [
  'Host: a', 'Host: a', 'Host: a', 'Host: a', 'Host: a', 'host:a', 'HOST: \ta ', 'Host: A', 'Host: a:80', 'Host:', 'Host: a/b', 'Host: u@a',
  'Host: [::1]:80', 'Host: a, b', 'Host: a\xe9', 'Host : a', 'Host: a\r\nHost: a', 'Host: a\r\nHost: b', 'X: y',
] // biome-ignore format: one a line would be a page
const lengths = [
  'Content-Length: 3', 'Content-Length: 3', 'content-length:3', 'Content-Length: 0', 'Content-Length: 03', 'Content-Length: +3',
  'Content-Length: 3, 3', 'Content-Length: 3,4', 'Content-Length: 3\t', 'Content-Length: \t3', 'Content-Length: 3 ', 'Content-Length:',
  'Content-Length: 3\r\nContent-Length: 3', 'Content-Length: 3\r\nContent-Length: 5', 'Content-Length: 0x3', 'Content-Length: 3a',
  'Content-Length : 3', 'Content-Length: -0', 'Content-Length: 99999999999999999999', 'Content_Length: 3',
] // biome-ignore format: one a line would be a page
const codings = [
  'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked', 'transfer-encoding:CHUNKED', 'Transfer-Encoding: chunked ',
  'Transfer-Encoding:\tchunked', 'Transfer-Encoding: chunked\t', 'Transfer-Encoding: gzip', 'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, gzip', 'Transfer-Encoding: chunked,', 'Transfer-Encoding: ,chunked', 'Transfer-Encoding: identity',
  'Transfer-Encoding: xchunked', 'Transfer-Encoding: chunkedx', 'Transfer-Encoding:', 'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', 'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding : chunked', 'Transfer-Encoding: "chunked"', 'Transfer-Encoding:\r\n chunked', 'Transfer-Encoding: \x0bchunked',
] // biome-ignore format: one a line would be a page
const others = [
  'Connection: close', 'Connection: keep-alive', 'Connection: close, keep-alive', 'Connection: x,\tclose', 'Connection: Upgrade',
  'Upgrade: websocket', 'Upgrade: h2c', 'Expect: 100-continue', 'expect:100-Continue', 'Expect: 200-ok', 'TE: trailers', 'Trailer: X',
  'X: a\r\n b', 'X:\r\n\tb', ' X: a', 'X : a', 'X\t: a', 'X', ':a', 'X: a\rb', 'X: a\nb', 'X: a\0', 'X: \x0b', 'X: \x7f', 'X: \xff',
  'X\xe9: a', 'X(: a', 'X:', 'X: ', 'Cookie: a=1', 'Cookie: b=2', '__proto__: a', 'X: a:b',
] // biome-ignore format: one a line would be a page
const sizes = [
  '3', '3', '3', '03', '3;a', '3;a=b', '3;a="b c"', '3;a="\\""', '3 ', '3 ;a', '3;', '3;a=', '3;a="b', '+3', '0x3', '3\t', 'g', '', '4',
  '-3', 'FFFFFFFFFFFFFFFF',
] // biome-ignore format: one a line would be a page
const lastSizes = ['0', '0', '0', '00', '0;a', '0 ', '']
const trailers = [
  '', '', '', 'X: y\r\n', 'X : y\r\n', ' X: y\r\n', 'X\r\n', 'X: a\nY: b\r\n', 'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n', 'Host: a\r\n', 'X: a\r\n b\r\n',
] // biome-ignore format: one a line would be a page

/** One to three requests in a row. Latin-1: one character an octet. */
export function compose(random: Random): string {
  let bytes = ''
  for (let count = 1 + random.below(3); count > 0; count--) bytes += request(random)
  return bytes
}

function request(random: Random): string {
  // Most parts are sound in most requests, or else hardly one would get beyond its first line.
  const rarely = <T extends string>(usual: T, list: readonly string[]) =>
    random.below(6) === 0 ? random.of(list) : usual
  const isChunked = random.below(3) === 0
  const hasLength = random.below(isChunked ? 10 : 2) === 0
  const lines = [`${random.of(methods.slice(0, 7))} ${rarely('/', targets)} ${rarely('HTTP/1.1', versions)}`]
  if (random.below(12) === 0) lines[0] = `${random.of(methods)} ${random.of(targets)} ${random.of(versions)}`
  const fields = [rarely('Host: a', hosts)]
  if (hasLength) fields.push(random.below(3) > 0 ? 'Content-Length: 3' : random.of(lengths))
  if (isChunked) fields.push(random.below(3) > 0 ? 'Transfer-Encoding: chunked' : random.of(codings))
  for (let count = random.below(3); count > 0; count--) fields.push(random.of(others))
  for (let count = fields.length; count > 0; count--) lines.push(...fields.splice(random.below(count), 1))
  const end = random.below(40) === 0 ? random.of(['\n', '\r', '\r\r\n', ' \r\n']) : '\r\n'
  return lines.join('\r\n') + end + end + (isChunked ? chunks(random) : hasLength ? 'abc' : '')
}

function chunks(random: Random): string {
  const end = () => (random.below(20) === 0 ? random.of(['\n', '\r', '', '\r\r\n', 'x\r\n']) : '\r\n')
  let bytes = ''
  for (let count = random.below(3); count > 0; count--)
    bytes += `${random.below(2) === 0 ? '3' : random.of(sizes)}${end()}abc${end()}`
  return `${bytes}${random.of(lastSizes)}${end()}${random.of(trailers)}${end()}`
}
