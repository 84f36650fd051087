//! The accept loop. `axum::serve` is not used because it sets no timer, so a client that never finishes its headers
//! would hold a connection forever. Without TCP_NODELAY each small answer waits 40 ms.
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::places::{Limits, Place, Places, Taken};

/// The peer of the connection. Behind a proxy, that is the proxy.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Time for a request's headers to arrive. For the first request it counts from the start of the connection: hyper's
/// own timer begins only when enough bytes have arrived to tell HTTP/1 from HTTP/2.
const HEADERS: Duration = Duration::from_secs(10);
/// An HTTP/2 connection without a request is closed after this time, and an HTTP/1 connection after `HEADERS`.
const IDLE: Duration = Duration::from_secs(120);
/// Time for open requests to finish when the program stops.
const FAREWELL: Duration = Duration::from_secs(10);
/// Time for clients that have just connected to be accepted, and for their requests to arrive.
const LAST_CALL: Duration = Duration::from_millis(150);
/// Time for an idle connection to be closed gracefully.
const LEAVE: Duration = Duration::from_secs(1);

/// Counts the requests of a connection that are in progress: from their headers to the last byte of their answer.
#[derive(Debug, Clone)]
struct Requests(watch::Sender<usize>);

#[derive(Debug)]
struct UnderWay(Requests);

impl Requests {
    fn one_more(&self) -> UnderWay {
        self.0.send_modify(|count| *count += 1);
        UnderWay(self.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

/// A body that counts as in progress until it is dropped.
struct CountedBody {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Returns when the connection has been without a request for too long, or has to make room for another.
async fn idle_too_long(place: &mut Place, requests: &mut watch::Receiver<usize>) {
    let mut has_asked = false;
    loop {
        let under_way = *requests.borrow_and_update() > 0;
        let changed = if under_way {
            place.busy();
            requests.changed().await
        } else {
            let limit = if has_asked { IDLE } else { HEADERS };
            tokio::select! {
                () = place.idle(has_asked) => return,
                changed = tokio::time::timeout(limit, requests.changed()) => match changed {
                    Ok(changed) => changed,
                    Err(_) => return,
                },
            }
        };
        if changed.is_err() {
            // The connection is closed, and the task that waits for it notices that itself.
            return std::future::pending().await;
        }
        has_asked = true;
    }
}

struct Server {
    builder: Builder<TokioExecutor>,
    router: Router,
    places: std::sync::Arc<Places>,
    ending: watch::Sender<bool>,
    connections: TaskTracker,
}

impl Server {
    fn new(router: Router, limits: Limits) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(20));
        let (places, ending) = (Places::new(limits), watch::channel(false).0);
        Self { builder, router, places, ending, connections: TaskTracker::new() }
    }

    fn open(&self, stream: TcpStream, peer: SocketAddr, mut place: Place) {
        let _ = stream.set_nodelay(true);
        let requests = Requests(watch::channel(0).0);
        let mut count = requests.0.subscribe();
        let router = self.router.clone();
        let service = tower::service_fn(move |mut request: axum::http::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            let (under_way, router) = (requests.one_more(), router.clone());
            async move {
                let answer = router.oneshot(request.map(Body::new)).await?;
                Ok::<_, std::convert::Infallible>(answer.map(|body| CountedBody { body, _under_way: under_way }))
            }
        });
        let connection = self
            .builder
            .serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service))
            .into_owned();
        let mut ending = self.ending.subscribe();
        self.connections.spawn(async move {
            let mut connection = pin!(connection);
            let end = async move {
                let _ = ending.wait_for(|ending| *ending).await;
            };
            // Errors of a connection are ignored: they are the client's.
            tokio::select! {
                _ = connection.as_mut() => {}
                () = idle_too_long(&mut place, &mut count) => {
                    connection.as_mut().graceful_shutdown();
                    let _ = tokio::time::timeout(LEAVE, connection).await;
                }
                () = end => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
        });
    }

    /// Serves the connection, unless all places are busy.
    fn try_open(&self, stream: TcpStream, peer: SocketAddr) {
        if let Taken::Place(place) = self.places.take(peer.ip()) {
            self.open(stream, peer, place);
        }
    }
}

pub async fn serve(listener: TcpListener, router: Router, limits: Limits, mut stopping: watch::Receiver<bool>) {
    let server = Server::new(router, limits);
    'accept: loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => loop {
                match server.places.take(peer.ip()) {
                    Taken::Place(place) => {
                        server.open(stream, peer, place);
                        break;
                    }
                    Taken::TooManyOfOne => break,
                    // Further connections wait in the kernel.
                    Taken::Full => tokio::select! {
                        () = server.places.free() => {}
                        _ = stopping.wait_for(|stop| *stop) => break 'accept,
                    },
                }
            },
            Err(error) => {
                // Probably out of file handles: waiting is better than spinning.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    // Clients that have already connected would be cut off with the listener, so connections that the kernel still
    // holds are served. This takes a moment, because the runtime may not know of them yet.
    let moment = tokio::time::sleep(LAST_CALL);
    tokio::pin!(moment);
    loop {
        tokio::select! {
            biased;
            Ok((stream, peer)) = listener.accept() => server.try_open(stream, peer),
            () = &mut moment => break,
        }
    }
    // Finally the kernel itself is asked, because it knows of connections that the runtime has not seen. Only
    // microseconds lie between its "none" and the close; a client that connects in them has to retry, as with any
    // server that shuts down.
    if let Ok(listener) = listener.into_std() {
        while let Ok((stream, peer)) = listener.accept() {
            if let Ok(stream) = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)) {
                server.try_open(stream, peer);
            }
        }
    }
    // A connection whose request has not arrived yet counts as idle, and would be closed before it arrives.
    tokio::time::sleep(LAST_CALL).await;
    server.ending.send_replace(true);
    server.connections.close();
    let _ = tokio::time::timeout(FAREWELL, server.connections.wait()).await;
}
