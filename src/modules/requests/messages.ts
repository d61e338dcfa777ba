import { v7 as uuidv7 } from 'uuid'
import type { SubjectMessage, SubjectRequest } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Fault, invalidInput } from '../../graphql/errors.ts'
import type { ContactKey } from '../../keys/keys.ts'
import { checkText } from '../check-text.ts'
import { openingKey } from '../fields/store.ts'
import { caseOf, tellPerson, userOf } from './mails.ts'
import { onRequest } from './on-request.ts'
import { sealMessage } from './seal.ts'

const longest = 20_000

/** Writes to the person about a request, by mail where that reaches them. Throws NOT_FOUND, INVALID_INPUT. */
export async function writeToPerson(context: WorkContext, id: string, text: string): Promise<SubjectMessage> {
  const clean = required(text, 'text')
  return onRequest(context, 'writeToPerson', id, async (tx, request) => {
    const messageId = await tellPerson(tx, context, [request], 'message', ({ texts, close }) =>
      texts.message({ text: clean }, close),
    )
    return tx.subjectMessage.findUniqueOrThrow({
      where: { contactId_id: { contactId: request.contactId, id: messageId } },
    })
  })
}

/** What the person wrote or said. */
export type Reply = { text: string; channel: string; writtenAt?: Date | null | undefined }

/** Takes down what the person wrote or said about a request. Throws NOT_FOUND, INVALID_INPUT. */
export async function recordReply(context: WorkContext, id: string, reply: Reply): Promise<SubjectMessage> {
  const text = required(reply.text, 'text')
  if (reply.writtenAt && reply.writtenAt > new Date()) {
    throw invalidInput([{ field: 'writtenAt', message: 'It was written in the past.' }])
  }
  return onRequest(context, 'recordReply', id, async (tx, request) =>
    addReply(tx, context, await openingKey(context.keys, request.contactId), request, { ...reply, text }),
  )
}

/** The same in the caller's unit of work, with what was checked. */
export async function addReply(
  tx: Transaction,
  context: WorkContext,
  key: ContactKey,
  request: Pick<SubjectRequest, 'contactId' | 'id' | 'caseId'>,
  { text, channel, writtenAt }: Reply,
): Promise<SubjectMessage> {
  const { contactId } = request
  const id = uuidv7()
  return tx.subjectMessage.create({
    data: {
      ...{ contactId, id, caseId: caseOf(request), kind: 'reply', incoming: true, channel },
      ...{
        writtenAt: writtenAt ?? new Date(),
        authorId: userOf(context),
        text: sealMessage(key, { contactId, id }, text),
      },
    },
  })
}

/** A text that has to be there. Throws INVALID_INPUT. */
export function required(text: string | null | undefined, field: string, max = longest): string {
  const faults: Fault[] = []
  const clean = checkText(text, field, { max, multiline: true }, faults)
  if (!clean && faults.length === 0) faults.push({ field, message: 'Write something: the person reads it.' })
  if (faults.length > 0) throw invalidInput(faults)
  return clean
}
