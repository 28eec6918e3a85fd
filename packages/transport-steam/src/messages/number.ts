import { Fault } from './MessageError.ts';
import type { PayloadReader } from './PayloadReader.ts';
import type { PayloadWriter } from './PayloadWriter.ts';

/**
 * First bytes of a `t.number()`: the smallest form that gives back exactly the same number. Below 0x80 it is the integer itself,
 * below 0xc0 with the byte after it 128 to 16511, below 0xe0 it is -1 to -32.
 */
const Form = {
  Uint14: 0x80,
  Negative: 0xc0,
  /** 16512 to 65535. */
  Uint16: 0xe0,
  Uint32: 0xe1,
  /** -33 and below, as -1 - n: in 1, 2 and 4 bytes. */
  Negative8: 0xe2,
  Negative16: 0xe3,
  Negative32: 0xe4,
  Float32: 0xe5,
  Float64: 0xe6,
} as const;

const FIRST_UINT14 = 0x80;
const FIRST_UINT16 = 0x4080;
const NEGATIVE_FORMS = 0x20;

export function writeNumber(to: PayloadWriter, value: number): void {
  to.reserve(9);
  const { bytes, at, view } = to;
  if (value === (value & 0x7f) && !(value === 0 && 1 / value < 0)) {
    bytes[at] = value;
    to.at = at + 1;
  } else if (value === value >>> 0 && value !== 0) {
    if (value < FIRST_UINT16) {
      bytes[at] = Form.Uint14 | ((value - FIRST_UINT14) >> 8);
      bytes[at + 1] = value - FIRST_UINT14;
      to.at = at + 2;
    } else if (value <= 0xffff) {
      bytes[at] = Form.Uint16;
      view.setUint16(at + 1, value);
      to.at = at + 3;
    } else {
      bytes[at] = Form.Uint32;
      view.setUint32(at + 1, value);
      to.at = at + 5;
    }
  } else if (value < 0 && Number.isInteger(value) && value >= -0x1_0000_0000) {
    writeNegative(to, -1 - value);
  } else if (Object.is(Math.fround(value), value)) {
    bytes[at] = Form.Float32;
    view.setFloat32(at + 1, value);
    to.at = at + 5;
  } else {
    bytes[at] = Form.Float64;
    view.setFloat64(at + 1, value);
    to.at = at + 9;
  }
}

function writeNegative(to: PayloadWriter, complement: number): void {
  const { bytes, at, view } = to;
  if (complement < NEGATIVE_FORMS) {
    bytes[at] = Form.Negative | complement;
    to.at = at + 1;
  } else if (complement <= 0xff) {
    bytes[at] = Form.Negative8;
    bytes[at + 1] = complement;
    to.at = at + 2;
  } else if (complement <= 0xffff) {
    bytes[at] = Form.Negative16;
    view.setUint16(at + 1, complement);
    to.at = at + 3;
  } else {
    bytes[at] = Form.Negative32;
    view.setUint32(at + 1, complement);
    to.at = at + 5;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

export function readNumber(from: PayloadReader): number {
  const form = from.u8();
  if (form < Form.Uint14) return form;
  if (form < Form.Negative) return (((form & 0x3f) << 8) | from.u8()) + FIRST_UINT14;
  if (form < Form.Uint16) return -1 - (form & 0x1f);
  switch (form) {
    case Form.Uint16:
      return shortest(from.u16(), FIRST_UINT16);
    case Form.Uint32:
      return shortest(from.i32() >>> 0, 0x1_0000);
    case Form.Negative8:
      return -1 - shortest(from.u8(), NEGATIVE_FORMS);
    case Form.Negative16:
      return -1 - shortest(from.u16(), 0x100);
    case Form.Negative32:
      return -1 - shortest(from.i32() >>> 0, 0x1_0000);
    case Form.Float32:
      scratch.setInt32(0, from.i32());
      return scratch.getFloat32(0);
    case Form.Float64:
      scratch.setInt32(0, from.i32());
      scratch.setInt32(4, from.i32());
      return scratch.getFloat64(0);
    default:
      throw new Fault(`begins with 0x${form.toString(16)}, which no number does`);
  }
}

/** A number has one form only. */
function shortest(value: number, least: number): number {
  if (value < least) throw new Fault('is a number in more bytes than it needs');
  return value;
}
