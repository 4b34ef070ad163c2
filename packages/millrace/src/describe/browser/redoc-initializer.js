const element = document.getElementById('redoc')
const { url, root, options } = window.readPage(element)
const fontFamily = 'system-ui, sans-serif'

fetch(url)
  .then((response) => response.json())
  .then((loaded) =>
    window.Redoc.init(
      window.adaptDocument(loaded, root),
      {
        downloadUrls: [{ title: 'Download', url }],
        ...options,
        theme: {
          typography: { fontFamily, headings: { fontFamily }, code: { fontFamily: 'ui-monospace, monospace' } },
          ...options?.theme,
        },
      },
      element,
    ),
  )
  .catch((error) => {
    element.textContent = `The document could not be shown: ${error.message}`
    throw error
  })
