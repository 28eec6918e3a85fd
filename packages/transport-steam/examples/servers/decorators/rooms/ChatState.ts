import { ArraySchema, MapSchema, Schema, type } from '@colyseus/schema';

export class Member extends Schema {
  @type('string') name = '';
  @type('boolean') isAway = false;
}

export class Line extends Schema {
  @type('string') author = '';
  @type('string') text = '';
}

export class ChatState extends Schema {
  @type({ map: Member }) members = new MapSchema<Member>();
  @type([Line]) lines = new ArraySchema<Line>();
}
