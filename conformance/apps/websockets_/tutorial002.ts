import { App, dependency, html, text, WebSocketError } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const page = `
<!DOCTYPE html>
<html>
    <head>
        <title>Chat</title>
    </head>
    <body>
        <h1>WebSocket Chat</h1>
        <form action="" onsubmit="sendMessage(event)">
            <label>Item ID: <input type="text" id="itemId" autocomplete="off" value="foo"/></label>
            <label>Token: <input type="text" id="token" autocomplete="off" value="some-key-token"/></label>
            <button onclick="connect(event)">Connect</button>
            <hr>
            <label>Message: <input type="text" id="messageText" autocomplete="off"/></label>
            <button>Send</button>
        </form>
        <ul id='messages'>
        </ul>
        <script>
        var ws = null;
            function connect(event) {
                var itemId = document.getElementById("itemId")
                var token = document.getElementById("token")
                ws = new WebSocket("ws://localhost:8000/items/" + itemId.value + "/ws?token=" + token.value);
                ws.onmessage = function(event) {
                    var messages = document.getElementById('messages')
                    var message = document.createElement('li')
                    var content = document.createTextNode(event.data)
                    message.appendChild(content)
                    messages.appendChild(message)
                };
                event.preventDefault()
            }
            function sendMessage(event) {
                var input = document.getElementById("messageText")
                ws.send(input.value)
                input.value = ''
                event.preventDefault()
            }
        </script>
    </body>
</html>
`

export const get = app.get('/', { response: html() }, function get() {
  return page
})

const cookieOrToken = dependency(
  {
    cookies: z.object({ session: z.string().nullish() }),
    query: z.object({ token: z.string().nullish() }),
  },
  ({ cookies, query }) => {
    const value = cookies.session ?? query.token
    if (value == null) throw new WebSocketError(1008)
    return value
  },
)

export const websocketEndpoint = app.ws(
  '/items/:item_id/ws',
  { query: z.object({ q: z.int().nullish() }), deps: { cookieOrToken }, receive: text(), send: text() },
  async ({ params, query, cookieOrToken, socket }) => {
    for await (const message of socket) {
      await socket.send(`Session cookie or query token value is: ${cookieOrToken}`)
      if (query.q != null) await socket.send(`Query parameter q is: ${query.q}`)
      await socket.send(`Message text was: ${message}, for item ID: ${params.item_id}`)
    }
  },
)
