#!/usr/bin/env bash
# What one calendar over all vendors means: these commands are the same for each of them.
#
#   HUB=http://localhost:8080 TOKEN=... PROVIDER=google_calendar bash tests/scripts/calendar.sh
#   HUB=http://localhost:8080 TOKEN=... PROVIDER=outlook         bash tests/scripts/calendar.sh
#
# TOKEN is a session's token of a user who has connected the provider, whose calendar is empty from
# 2027-02-01 to 2027-03-31. Each answer is printed as a title, its JSON and its status. All events name
# their reminders: what an event gets that names none is each vendor's own.
set -euo pipefail

EVENTS=$HUB/api/calendar/events
FEBRUARY='start=2027-02-01T00:00:00Z&end=2027-03-01T00:00:00Z'

call() {
    printf '## %s\n' "$1"
    shift
    curl -sS --noproxy '*' -w '\n%{http_code}\n' \
        -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "$@"
}

call 'an event is made and linked' "$EVENTS" -d '{
  "entity_type": "appointment", "entity_id": "1", "provider": "'"$PROVIDER"'",
  "event": {
    "title": "Check-up 🦷", "description": "Bring the card.\nSecond line", "location": "Room 4",
    "start": {"date_time": "2027-02-01T10:00:00", "time_zone": "Europe/Berlin"},
    "end": {"date_time": "2027-02-01T11:00:00", "time_zone": "Europe/Berlin"},
    "attendees": [{"email": "grace@example.org", "name": "Grace", "optional": true}],
    "reminders": [{"method": "popup", "minutes": 30}], "visibility": "private"
  }}'

call 'made again, it is the same' "$EVENTS" -d '{
  "entity_type": "appointment", "entity_id": "1", "provider": "'"$PROVIDER"'",
  "event": {
    "title": "Check-up 🦷", "description": "Bring the card.\nSecond line", "location": "Room 4",
    "start": {"date_time": "2027-02-01T10:00:00", "time_zone": "Europe/Berlin"},
    "end": {"date_time": "2027-02-01T11:00:00", "time_zone": "Europe/Berlin"},
    "attendees": [{"email": "grace@example.org", "name": "Grace", "optional": true}],
    "reminders": [{"method": "popup", "minutes": 30}], "visibility": "private"
  }}'

call 'it is read' "$EVENTS/appointment/1?provider=$PROVIDER"

call 'it is in the list' "$EVENTS?$FEBRUARY&provider=$PROVIDER"

call 'it is in the busy time' "$HUB/api/calendar/freebusy?$FEBRUARY&provider=$PROVIDER"

call 'what would be in the way of another' "$HUB/api/calendar/conflicts" -d '{
  "provider": "'"$PROVIDER"'",
  "start": {"date_time": "2027-02-01T10:30:00+01:00"}, "end": {"date_time": "2027-02-01T11:30:00+01:00"}}'

call 'another at that time is a conflict' "$EVENTS" -d '{
  "entity_type": "appointment", "entity_id": "2", "provider": "'"$PROVIDER"'",
  "event": {
    "title": "Another",
    "start": {"date_time": "2027-02-01T10:30:00", "time_zone": "Europe/Berlin"},
    "end": {"date_time": "2027-02-01T11:30:00", "time_zone": "Europe/Berlin"}
  }}'

call 'it is replaced' -X PUT "$EVENTS/appointment/1" -d '{
  "provider": "'"$PROVIDER"'",
  "event": {
    "title": "Check-up, moved", "transparency": "free", "reminders": [],
    "start": {"date_time": "2027-02-02T14:00:00", "time_zone": "America/New_York"},
    "end": {"date_time": "2027-02-02T15:30:00", "time_zone": "America/New_York"}
  }}'

call 'with an old version it is not' -X PUT "$EVENTS/appointment/1" -H 'If-Match: "old"' -d '{
  "provider": "'"$PROVIDER"'",
  "event": {
    "title": "Overwritten",
    "start": {"date_time": "2027-02-03T14:00:00Z"}, "end": {"date_time": "2027-02-03T15:00:00Z"}
  }}'

call 'a holiday of three days' "$EVENTS" -d '{
  "entity_type": "absence", "entity_id": "7", "provider": "'"$PROVIDER"'",
  "event": {"title": "Holiday", "reminders": [], "start": {"date": "2027-02-10"}, "end": {"date": "2027-02-13"}}}'

call 'a series of three weeks with a video conference' "$EVENTS" -d '{
  "entity_type": "course", "entity_id": "3", "provider": "'"$PROVIDER"'",
  "event": {
    "title": "Course", "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=TU"],
    "conference": {"requested": true}, "reminders": [],
    "start": {"date_time": "2027-03-16T09:00:00", "time_zone": "Europe/Berlin"},
    "end": {"date_time": "2027-03-16T10:00:00", "time_zone": "Europe/Berlin"}
  }}'

call 'its instances, the last in summer time' \
    "$EVENTS?start=2027-03-01T00:00:00Z&end=2027-04-01T00:00:00Z&provider=$PROVIDER"

call 'an hour that the clocks leave out' "$EVENTS" -d '{
  "entity_type": "appointment", "entity_id": "4", "provider": "'"$PROVIDER"'",
  "event": {
    "title": "Never",
    "start": {"date_time": "2027-03-28T02:30:00", "time_zone": "Europe/Berlin"},
    "end": {"date_time": "2027-03-28T04:00:00", "time_zone": "Europe/Berlin"}
  }}'

call 'a record without an event' "$EVENTS/appointment/4?provider=$PROVIDER"

call 'they are deleted' -X DELETE "$EVENTS/appointment/1?provider=$PROVIDER"
call 'the holiday too' -X DELETE "$EVENTS/absence/7?provider=$PROVIDER"
call 'and the series' -X DELETE "$EVENTS/course/3?provider=$PROVIDER"
call 'deleted again' -X DELETE "$EVENTS/appointment/1?provider=$PROVIDER"
call 'nothing is left' "$EVENTS?start=2027-02-01T00:00:00Z&end=2027-04-01T00:00:00Z&provider=$PROVIDER"
