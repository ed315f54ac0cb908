// The speech service through OpenAI's Node SDK. Run by test_node_sdk.py, which sets VOICE_STACK_URL.
import assert from 'node:assert/strict';
import test from 'node:test';
import OpenAI from 'openai';

const url = process.env.VOICE_STACK_URL;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'unused', maxRetries: 0 });
const ask = { model: 'tts-1', voice: 'alloy', input: 'The man was walking along the road.' };
const magic = { mp3: /^(ID3|\xff[\xf3\xfb])/, opus: /^OggS/, aac: /^\xff[\xf1\xf9]/, flac: /^fLaC/, wav: /^RIFF/, pcm: /^/ };

for (const [format, start] of Object.entries(magic)) {
  test(`${format} arrives as a buffer`, async () => {
    const answer = await client.audio.speech.create({ ...ask, response_format: format });
    const data = Buffer.from(await answer.arrayBuffer());
    assert.ok(data.length > 5000);
    assert.match(data.subarray(0, 4).toString('latin1'), start);
    assert.equal(answer.headers.get('x-voice-stack-engine'), 'espeak');
  });
}

test('the body can be read while it comes', async () => {
  const answer = await client.audio.speech.create({ ...ask, input: `${ask.input} `.repeat(20), response_format: 'pcm' });
  let pieces = 0;
  let bytes = 0;
  for await (const piece of answer.body) {
    pieces += 1;
    bytes += piece.length;
  }
  assert.ok(pieces > 3);
  assert.ok(bytes > 20 * 48_000);
});

test('events concatenate to one file and end with their usage', async () => {
  const stream = await client.post('/audio/speech', { body: { ...ask, response_format: 'wav', stream_format: 'sse' }, stream: true });
  const parts = [];
  let done;
  for await (const event of stream) {
    if (event.type === 'speech.audio.delta') parts.push(Buffer.from(event.audio, 'base64'));
    else done = event;
  }
  assert.equal(Buffer.concat(parts).subarray(0, 4).toString(), 'RIFF');
  assert.equal(done.type, 'speech.audio.done');
  assert.equal(done.usage.total_tokens, done.usage.input_tokens + done.usage.output_tokens);
});

test('a voice may be an object', async () => {
  assert.ok((await client.audio.speech.create({ ...ask, voice: { id: 'nova' } })).ok);
});

test('errors carry status, code and parameter', async () => {
  await assert.rejects(client.audio.speech.create({ ...ask, voice: 'nobody' }), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, 'voice_not_found');
    assert.equal(error.param, 'voice');
    assert.ok(error.requestID);
    return true;
  });
  await assert.rejects(client.audio.speech.create({ ...ask, speed: 9 }), OpenAI.BadRequestError);
});
