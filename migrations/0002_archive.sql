-- The archive of messages: a projection of the conversations' own logs, one row an entry.
CREATE TABLE messages (
  conversation_id TEXT NOT NULL,
  message_id INTEGER NOT NULL,
  global_id TEXT NOT NULL,
  sender_id TEXT NOT NULL,
  type TEXT NOT NULL,
  timestamp INTEGER NOT NULL,
  reply_to INTEGER,
  target INTEGER,
  changed_by INTEGER,
  deleted INTEGER NOT NULL,
  mentions TEXT,
  detail TEXT,
  reactions TEXT,
  content TEXT NOT NULL,
  PRIMARY KEY (conversation_id, message_id)
) STRICT, WITHOUT ROWID;
