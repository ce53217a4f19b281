//! One run of the script: B, A, the load between them, and the record of it all.

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

/// Time to get everything in place before the first call is due.
const LEAD: Duration = Duration::from_millis(100);
/// How often the live line moves when nothing happens.
const TICK: Duration = Duration::from_millis(50);
/// Every call has ended by then; a run that has not is broken, and says so.
const LIMIT: Duration = END.saturating_add(Duration::from_secs(5));

/// Plays the outage once, with the calls taking the way that `route` makes of the run's timeline.
pub(crate) async fn run(
    arrivals: Arc<[Duration]>,
    mut live: Live,
    route: impl FnOnce(&Timeline) -> Route,
) -> io::Result<Record> {
    let listener = backend::bind().await?;
    let address = listener.local_addr()?;
    let (timeline, events) = Timeline::starting_in(LEAD);
    let caller = Caller::new(address, route(&timeline), timeline.clone());

    // Dropped at the end, and B goes with it.
    let mut backend = JoinSet::new();
    backend.spawn(backend::serve(listener, timeline.clone()));
    let calls = arrivals.len();
    send(arrivals, timeline.clone(), caller);

    let record = collect(calls, events, &timeline, &mut live);
    let record = timeout(LIMIT, record).await;
    live.finish();
    record.map_err(|_| io::Error::other("the run did not end: some calls never came back"))
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
