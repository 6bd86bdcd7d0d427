"""What speaks against a seat at a checkpoint, apart from the clock and from who is in already.

One piece of SQL for the scan that asks about one seat (`lookup`) and for the list that a tablet keeps of all
(`tablet_list`), so that a tablet without a network refuses what the server would refuse, for the same reason.
"""

OK = "ok"

# Of several reasons the first in the order of the design, as the value of its Verdict. `t` is the attendee, `o` the order
# (perhaps none), %(checkpoint)s the checkpoint's key.
STANDING = """CASE
  WHEN t.state = 'cancelled' THEN 'cancelled'
  WHEN t.state = 'refunded' THEN 'refunded'
  WHEN t.blocked_reason <> '' THEN 'blocked'
  WHEN o.status = 'pending' AND o.total > 0 THEN 'unpaid'
  WHEN NOT t.completed_registration THEN 'incomplete'
  WHEN EXISTS (SELECT 1 FROM registration_checkpoint_ticket_types x WHERE x.checkpoint_id = %(checkpoint)s)
   AND NOT EXISTS (SELECT 1 FROM registration_checkpoint_ticket_types x
                   WHERE x.checkpoint_id = %(checkpoint)s AND x.tickettype_id = t.ticket_type_id) THEN 'wrong_ticket'
  ELSE 'ok' END"""
