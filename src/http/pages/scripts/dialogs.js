import { Cancelled } from './forms.js'

/** Makes the buttons work that close the dialog around them. */
export function prepareDialogs() {
  for (const button of document.querySelectorAll('dialog [data-closes]')) {
    button.addEventListener('click', () => button.closest('dialog').close(button.dataset.closes))
  }
}

/** Opens a dialog; settles when it is closed. Gives what it was closed with; nothing if by Escape or 'Cancel'. */
export function openDialog(dialog) {
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise((done) => dialog.addEventListener('close', () => done(dialog.returnValue), { once: true }))
}

/** Asks whether it shall really be done. Throws Cancelled if not. */
export async function makeSure(question, action) {
  const dialog = document.getElementById('sure')
  const yes = document.getElementById('sure-yes')
  document.getElementById('sure-text').textContent = question
  yes.textContent = action
  yes.onclick = () => dialog.close('yes')
  if (!(await openDialog(dialog))) throw new Cancelled()
}
