/** X.509 certificates made for one test (RFC 5280, in DER: X.690), so that no private key lies in the repository. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

export interface Certificate {
  readonly pem: string;
  readonly privateKey: KeyObject;
}

const tlv = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: Buffer[]) => tlv(0x30, ...parts);
const oid = (hex: string) => tlv(0x06, Buffer.from(hex, 'hex'));
const time = (text: string) => tlv(0x17, Buffer.from(text));
const bits = (content: Buffer) => tlv(0x03, Buffer.from([0]), content);

const SHA256_WITH_RSA = sequence(oid('2a864886f70d01010b'), tlv(0x05));
const nameOf = (text: string) => sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from(text)))));

/** dNSName or iPAddress (RFC 5280, section 4.2.1.6). */
const alternativeOf = (name: string) =>
  isIPv4(name) ? tlv(0x87, Buffer.from(name.split('.').map(Number))) : tlv(0x82, Buffer.from(name));

/** Signed by itself, for one DNS name or IPv4 address, good until 2049. */
export function selfSigned(name: string): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const alternative = sequence(alternativeOf(name));
  const extensions = sequence(sequence(oid('551d11'), tlv(0x04, alternative)));
  const signed = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1])),
    SHA256_WITH_RSA,
    nameOf(name),
    sequence(time('200101000000Z'), time('491231235959Z')),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, extensions),
  );
  const der = sequence(signed, SHA256_WITH_RSA, bits(sign('RSA-SHA256', signed, privateKey)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return { pem: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join('\n'), privateKey };
}
