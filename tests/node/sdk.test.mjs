// The service through OpenAI's Node SDK. Run by test_node_sdk.py, which sets VOICE_STACK_URL and VOICE_STACK_WAV
// (a recording of "the man was walking along the road").
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import OpenAI, { toFile } from 'openai';

const url = process.env.VOICE_STACK_URL;
const wav = process.env.VOICE_STACK_WAV;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'unused', maxRetries: 0 });
const { transcriptions } = client.audio;
const model = 'whisper-1';
// What Moonshine hears of it.
const heard = /^The man was walking along the road\.$/;

test('a read stream, which has no Content-Length, is transcribed', async () => {
  const sent = [];
  const spying = new OpenAI({
    baseURL: `${url}/v1`,
    apiKey: 'unused',
    maxRetries: 0,
    fetch: (target, init) => {
      sent.push(init.body);
      return fetch(target, init);
    },
  });
  const answer = await spying.audio.transcriptions.create({ file: fs.createReadStream(wav), model });
  assert.match(answer.text, heard);
  assert.ok(sent[0] instanceof ReadableStream, 'the SDK sent the body in chunks');
  assert.ok(answer._request_id);
});

test('a buffer is transcribed', async () => {
  const file = await toFile(fs.readFileSync(wav), 'a.wav', { type: 'audio/wav' });
  assert.match((await transcriptions.create({ file, model })).text, heard);
});

test('a buffer without a name or type is transcribed', async () => {
  assert.match((await transcriptions.create({ file: await toFile(fs.readFileSync(wav)), model })).text, heard);
});

test('the headers name the engine', async () => {
  const { response } = await transcriptions.create({ file: fs.createReadStream(wav), model }).withResponse();
  assert.equal(response.headers.get('x-voice-stack-engine'), 'moonshine');
});

test('srt, vtt and text arrive as strings', async () => {
  const ask = (response_format) => transcriptions.create({ file: fs.createReadStream(wav), model, response_format });
  assert.match(await ask('srt'), /^1\n00:00:0\d,\d{3} --> 00:00:0\d,\d{3}\nThe man was walking along the road\.\n\n$/);
  assert.match(await ask('vtt'), /^WEBVTT\n\n00:00:0\d\.\d{3} --> 00:00:0\d\.\d{3}\nThe man was walking along the road\.\n/);
  assert.match((await ask('text')).trim(), heard);
});

test('verbose_json has segments and words with times', async () => {
  const answer = await transcriptions.create({
    file: fs.createReadStream(wav),
    model,
    response_format: 'verbose_json',
    timestamp_granularities: ['word', 'segment'],
  });
  assert.equal(answer.language, 'english');
  assert.ok(Math.abs(answer.duration - 2.87) < 0.05);
  assert.equal(answer.words.map((word) => word.word).join(' '), answer.text.replace('.', ''));
  for (const { start, end } of [...answer.words, ...answer.segments]) {
    assert.ok(0 <= start && start <= end && end <= answer.duration);
  }
});

test('a stream gives deltas, then the whole text', async () => {
  const deltas = [];
  let done;
  for await (const event of await transcriptions.create({ file: fs.createReadStream(wav), model, stream: true })) {
    assert.equal(done, undefined, 'nothing follows transcript.text.done');
    if (event.type === 'transcript.text.done') done = event;
    else deltas.push(event.delta);
  }
  assert.ok(deltas.length > 0);
  assert.equal(deltas.join('').trim(), done.text);
  assert.match(done.text, heard);
});

test('a stream that is left early does not keep the service from answering', async () => {
  for await (const _ of await transcriptions.create({ file: fs.createReadStream(wav), model, stream: true })) break;
  assert.match((await transcriptions.create({ file: fs.createReadStream(wav), model })).text, heard);
});

test('the models are listed', async () => {
  const ids = [];
  for await (const entry of client.models.list()) ids.push(entry.id);
  assert.ok(ids.includes('whisper-1'));
  assert.equal((await client.models.retrieve('whisper-1')).id, 'whisper-1');
});

for (const [name, change, kind, code] of [
  ['an upload that is no audio', async () => ({ file: await toFile(Buffer.alloc(4000, 'no audio'), 'a.wav') }), OpenAI.BadRequestError, 'invalid_audio'],
  ['an unknown model', async () => ({ model: 'no-such/model' }), OpenAI.NotFoundError, 'model_not_found'],
  ['an unknown format', async () => ({ response_format: 'yaml' }), OpenAI.BadRequestError, undefined],
]) {
  test(`${name} is refused with OpenAI's error`, async () => {
    const request = { file: fs.createReadStream(wav), model, ...(await change()) };
    await assert.rejects(transcriptions.create(request), (error) => {
      assert.ok(error instanceof kind, `${error.constructor.name} ${error.status}`);
      assert.ok(error.error.message);
      assert.ok(error.requestID);
      if (code) assert.equal(error.code, code);
      return true;
    });
  });
}
