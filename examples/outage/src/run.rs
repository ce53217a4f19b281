//! One run: service B, caller A, the load between them, and the record.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    runtime::Handle,
    sync::mpsc::UnboundedReceiver,
    task::{JoinSet, spawn_blocking},
    time::timeout,
};

use crate::{
    backend,
    caller::{Caller, Route},
    live::Live,
    load,
    record::Record,
    schedule::END,
    timeline::{Event, Timeline},
};

/// Time to prepare before the first call is due.
const LEAD: Duration = Duration::from_millis(100);
/// How often the live line is updated when nothing happens.
const TICK: Duration = Duration::from_millis(50);
/// By then every call has ended, or the run fails.
const LIMIT: Duration = END.saturating_add(Duration::from_secs(5));

/// Runs the outage once, with calls on the route that `route` makes from the run's timeline.
pub(crate) async fn run(
    arrivals: Arc<[Duration]>,
    mut live: Live,
    route: impl FnOnce(&Timeline) -> Route,
) -> io::Result<Record> {
    let listener = backend::bind().await?;
    let address = listener.local_addr()?;
    let (timeline, events) = Timeline::starting_in(LEAD);
    let caller = Caller::new(address, route(&timeline), timeline.clone());

    // Dropped at the end, which stops B.
    let mut backend = JoinSet::new();
    backend.spawn(backend::serve(listener, timeline.clone()));
    let calls = arrivals.len();
    send(arrivals, timeline.clone(), caller);

    let record = collect(calls, events, &timeline, &mut live);
    let record = timeout(LIMIT, record).await;
    live.finish();
    record.map_err(|_| io::Error::other("the run did not end: some calls never returned"))
}

fn send(arrivals: Arc<[Duration]>, timeline: Timeline, caller: Caller) {
    let runtime = Handle::current();
    spawn_blocking(move || {
        load::pace(&arrivals, &timeline, |due| {
            runtime.spawn(caller.clone().call(due));
        });
    });
}

/// Records events until the last of `calls` has ended.
async fn collect(
    calls: usize,
    mut events: UnboundedReceiver<Event>,
    timeline: &Timeline,
    live: &mut Live,
) -> Record {
    let mut record = Record::default();
    while record.samples.len() < calls {
        if let Ok(Some(event)) = timeout(TICK, events.recv()).await {
            if let Event::Changed(change) = &event {
                live.note_change(change);
            }
            record.add(event);
        }
        live.show(timeline.elapsed(), &record);
    }
    record
}
