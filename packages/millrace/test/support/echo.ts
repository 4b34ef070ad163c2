/** Tells what it was asked. */
export const echo = async (request: Request): Promise<Response> => {
  const { pathname, search } = new URL(request.url)
  const body = await request.text()
  return Response.json({ method: request.method, path: pathname + search, body, header: request.headers.get('x-a') })
}
