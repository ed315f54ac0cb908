// Live transcription through OpenAI's Node SDK. Run by test_node_sdk.py, which sets VOICE_STACK_URL, VOICE_STACK_PCM (a
// recording of "the man was walking along the road" and a second of silence: 24 kHz, 16 bit, mono), VOICE_STACK_KEY and
// VOICE_STACK_CERT (of localhost; NODE_EXTRA_CA_CERTS has it too).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import test from 'node:test';
import tls from 'node:tls';
import OpenAI from 'openai';
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { WebSocket } from 'ws';

globalThis.WebSocket ??= WebSocket; // Node has its own from version 22 on

const url = new URL(process.env.VOICE_STACK_URL);
const sound = fs.readFileSync(process.env.VOICE_STACK_PCM);
const model = 'gpt-4o-mini-transcribe';
const heard = /^The man was walking along the road\.$/;
const frame = 4_800; // bytes: a tenth of a second
const prefix = 'conversation.item.input_audio_transcription';

// A session with one turn, sent as it would be spoken: all of its events, and how much was sent before each.
function spoken(live) {
  return new Promise((resolve, reject) => {
    const events = [];
    live.on('error', reject);
    live.on('event', (event) => {
      events.push({ ...event, sentBefore: sent });
      if (event.type === 'session.updated') speak();
      if (event.type === `${prefix}.completed`) {
        live.close();
        resolve(events);
      }
    });
    let sent = 0;
    live.on('session.created', () =>
      live.send({
        type: 'session.update',
        session: {
          type: 'transcription',
          audio: { input: { turn_detection: { type: 'server_vad' }, transcription: { model, language: 'en' } } },
        },
      }),
    );
    function speak() {
      if (sent >= sound.length) return;
      live.send({ type: 'input_audio_buffer.append', audio: sound.subarray(sent, sent + frame).toString('base64') });
      sent += frame;
      setTimeout(speak, 100);
    }
  });
}

function check(events) {
  const kinds = events.map((event) => event.type);
  for (const kind of ['speech_started', 'speech_stopped', 'committed'])
    assert.ok(kinds.includes(`input_audio_buffer.${kind}`), kind);
  const { transcript, usage } = events.at(-1);
  assert.match(transcript, heard);
  assert.ok(usage);
  const deltas = events.filter((event) => event.type === `${prefix}.delta`);
  assert.equal(deltas.map((event) => event.delta).join(''), transcript);
  assert.ok(deltas[0].sentBefore < sound.length - frame, 'words came while sound was sent');
}

test('the WebSocket of browsers is served, by an address without TLS', async () => {
  const client = new OpenAI({ baseURL: `${url.origin}/v1`, apiKey: 'unused' });
  const onURL = (target) => {
    target.protocol = 'ws:';
  };
  check(await spoken(new OpenAIRealtimeWebSocket({ model, onURL }, client)));
});

test('the ws package is served through TLS, which the SDK insists on', async () => {
  const secrets = { key: fs.readFileSync(process.env.VOICE_STACK_KEY), cert: fs.readFileSync(process.env.VOICE_STACK_CERT) };
  const proxy = tls.createServer(secrets, (client) => {
    const upstream = net.connect(Number(url.port), url.hostname);
    client.pipe(upstream).pipe(client);
    for (const end of [client, upstream]) end.on('error', () => [client, upstream].forEach((one) => one.destroy()));
  });
  await new Promise((ready) => proxy.listen(0, '127.0.0.1', ready));
  try {
    const client = new OpenAI({ baseURL: `https://localhost:${proxy.address().port}/v1`, apiKey: 'unused' });
    check(await spoken(new OpenAIRealtimeWS({ model }, client)));
  } finally {
    proxy.close();
  }
});
