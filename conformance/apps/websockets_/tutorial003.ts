import { App, html, text } from 'millrace'
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
        <h2>Your ID: <span id="ws-id"></span></h2>
        <form action="" onsubmit="sendMessage(event)">
            <input type="text" id="messageText" autocomplete="off"/>
            <button>Send</button>
        </form>
        <ul id='messages'>
        </ul>
        <script>
            var client_id = Date.now()
            document.querySelector("#ws-id").textContent = client_id;
            var ws = new WebSocket(\`ws://localhost:8000/ws/\${client_id}\`);
            ws.onmessage = function(event) {
                var messages = document.getElementById('messages')
                var message = document.createElement('li')
                var content = document.createTextNode(event.data)
                message.appendChild(content)
                messages.appendChild(message)
            };
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

const connections = new Set<{ send(message: string): Promise<void> }>()

const broadcast = (message: string) => Promise.allSettled([...connections].map((socket) => socket.send(message)))

export const websocketEndpoint = app.ws(
  '/ws/:client_id',
  { params: z.object({ client_id: z.int() }), receive: text(), send: text() },
  async ({ params: { client_id }, socket }) => {
    connections.add(socket)
    try {
      for await (const message of socket) {
        await socket.send(`You wrote: ${message}`)
        await broadcast(`Client #${client_id} says: ${message}`)
      }
    } finally {
      connections.delete(socket)
      await broadcast(`Client #${client_id} left the chat`)
    }
  },
)
