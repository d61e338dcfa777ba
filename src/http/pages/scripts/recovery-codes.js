import { openDialog } from './dialogs.js'
import { texts } from './texts.js'

const dialog = document.getElementById('codes')
const list = document.getElementById('code-list')
const notice = dialog.querySelector('.notice')

/** Shows new recovery codes, this once, until their owner says that they are kept. */
export async function showRecoveryCodes(codes) {
  const text = codes.join('\n')
  list.replaceChildren(
    ...codes.map((code) => {
      const item = document.createElement('li')
      item.append(Object.assign(document.createElement('code'), { textContent: code }))
      return item
    }),
  )
  notice.textContent = ''
  document.getElementById('copy-codes').onclick = async () => {
    notice.textContent = await navigator.clipboard.writeText(text).then(
      () => texts.copied,
      () => texts.copyRefused,
    )
  }
  const save = document.getElementById('save-codes')
  save.href = `data:text/plain;charset=utf-8,${encodeURIComponent(`${texts.codesTitle}\n\n${text}\n`)}`
  await openDialog(dialog)
  list.replaceChildren()
  save.removeAttribute('href')
}

/** Makes the dialog's buttons work. */
export function prepareRecoveryCodes() {
  document.getElementById('print-codes').addEventListener('click', () => print())
  // Closed by accident, they would be lost.
  dialog.addEventListener('cancel', (event) => event.preventDefault())
}
