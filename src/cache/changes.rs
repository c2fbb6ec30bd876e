//! The news of committed operations: to this process's listeners at once, to other processes
//! through a Redis channel.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{broadcast, mpsc},
    time::{sleep, timeout},
};

use super::{Change, any_u64, redis::Remote};

const LISTENER_LAG_MAX: usize = 1_024;
const OUTBOX_MAX: usize = 4_096;
const SEND_AT_ONCE_MAX: usize = 256;
const BACKOFF_MIN: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(5);
/// A silent channel is asked for a sign of life: a cut cable tells nobody.
const SILENCE_MAX: Duration = Duration::from_secs(10);
const HANDSHAKE_MAX: Duration = Duration::from_secs(1);

pub(super) struct Fanout {
    /// Names this process, so that it skips its own messages when Redis echoes them.
    origin: u64,
    local: broadcast::Sender<Change>,
    outbox: Option<mpsc::Sender<Change>>,
}

#[derive(Serialize, Deserialize)]
struct Message {
    origin: u64,
    change: Change,
}

impl Fanout {
    pub(super) fn local() -> Self {
        Self {
            origin: 0,
            local: broadcast::channel(LISTENER_LAG_MAX).0,
            outbox: None,
        }
    }

    /// Also what waits to be sent to the other processes, for [`send`].
    pub(super) fn shared() -> (Self, mpsc::Receiver<Change>) {
        let (outbox, waiting) = mpsc::channel(OUTBOX_MAX);
        let fanout = Self {
            origin: any_u64(),
            outbox: Some(outbox),
            ..Self::local()
        };
        (fanout, waiting)
    }

    pub(super) fn origin(&self) -> u64 {
        self.origin
    }

    pub(super) fn sender(&self) -> broadcast::Sender<Change> {
        self.local.clone()
    }

    pub(super) fn publish(&self, change: &Change) {
        // An error only says that nobody listens.
        let _listeners = self.local.send(change.clone());
        if let Some(outbox) = &self.outbox
            && outbox.try_send(change.clone()).is_err()
        {
            tracing::debug!("change not sent to other processes: the outbox is full");
        }
    }
}

/// Sends what this process publishes. What Redis does not take is lost, as said at [`Change`].
pub(super) async fn send(remote: Arc<Remote>, origin: u64, mut outbox: mpsc::Receiver<Change>) {
    let channel = remote.key("changes");
    let mut batch = Vec::with_capacity(SEND_AT_ONCE_MAX);
    while outbox.recv_many(&mut batch, SEND_AT_ONCE_MAX).await > 0 {
        let messages: Vec<String> = batch
            .drain(..)
            .filter_map(|change| serde_json::to_string(&Message { origin, change }).ok())
            .collect();
        remote.publish(&channel, &messages).await;
    }
}

/// Passes on what other processes publish, and connects again with growing pauses.
pub(super) async fn receive(remote: Arc<Remote>, origin: u64, local: broadcast::Sender<Change>) {
    let mut pause = BACKOFF_MIN;
    loop {
        if listen(&remote, origin, &local).await.was_heard {
            pause = BACKOFF_MIN;
        }
        sleep(pause).await;
        pause = (pause * 2).min(BACKOFF_MAX);
    }
}

struct Ended {
    was_heard: bool,
}

async fn listen(remote: &Remote, origin: u64, local: &broadcast::Sender<Change>) -> Ended {
    let deaf = Ended { was_heard: false };
    let Ok(Ok(link)) = timeout(HANDSHAKE_MAX, remote.client().get_async_pubsub()).await else {
        return deaf;
    };
    let (mut asks, mut messages) = link.split();
    let subscribing = asks.subscribe(remote.key("changes"));
    let Ok(Ok(())) = timeout(HANDSHAKE_MAX, subscribing).await else {
        return deaf;
    };
    loop {
        match timeout(SILENCE_MAX, messages.next()).await {
            Ok(Some(message)) => {
                if let Ok(message) = serde_json::from_slice::<Message>(message.get_payload_bytes())
                    && message.origin != origin
                {
                    let _listeners = local.send(message.change);
                }
            }
            Ok(None) => return Ended { was_heard: true },
            Err(_) => {
                let alive = timeout(HANDSHAKE_MAX, asks.ping::<::redis::Value>()).await;
                if !matches!(alive, Ok(Ok(_))) {
                    return Ended { was_heard: true };
                }
            }
        }
    }
}
