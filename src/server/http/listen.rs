//! The accept loop. Not `axum::serve`: that one sets no timer, so a client that never finishes its headers would hold a
//! connection for ever; and without TCP_NODELAY each small answer waits 40 ms.
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;

/// The other end of the connection. Behind a proxy that is the proxy.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Time for a request's headers to arrive.
const HEADERS: Duration = Duration::from_secs(10);
/// Time for open requests to finish when the program stops.
const FAREWELL: Duration = Duration::from_secs(10);
/// Time for those who have just connected to be taken in, and for their requests to come.
const LAST_CALL: Duration = Duration::from_millis(150);
/// More connections than this wait in the kernel.
const MOST_CONNECTIONS: usize = 4096;

pub async fn serve(listener: TcpListener, router: Router, mut stopping: watch::Receiver<bool>) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(20));
    let graceful = GracefulShutdown::new();
    let places = std::sync::Arc::new(tokio::sync::Semaphore::new(MOST_CONNECTIONS));
    let open = |(stream, peer): (TcpStream, SocketAddr), place| {
        let _ = stream.set_nodelay(true);
        let service = router.clone().map_request(move |mut request: axum::http::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            request.map(axum::body::Body::new)
        });
        let connection = builder
            .serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service))
            .into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Broken connections are the client's affair.
            let _ = connection.await;
            drop(place);
        });
    };
    loop {
        let accept = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accept => accepted,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok(accepted) => open(accepted, place),
            Err(error) => {
                // Out of file handles, most likely: waiting is better than spinning.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    // Who has connected already would be cut off with the listener: whoever the kernel still holds is served. A moment, because
    // the runtime may not have heard of them yet.
    let moment = tokio::time::sleep(LAST_CALL);
    tokio::pin!(moment);
    loop {
        tokio::select! {
            biased;
            Ok(accepted) = listener.accept() => {
                let Ok(place) = places.clone().try_acquire_owned() else { break };
                open(accepted, Ok(place));
            }
            () = &mut moment => break,
        }
    }
    // And at the very last by asking the kernel itself, which knows of those that the runtime has not heard of: between its "nobody"
    // and the close are microseconds. Who connects in those asks again, as with any server that goes.
    if let Ok(listener) = listener.into_std() {
        while let Ok((stream, peer)) = listener.accept() {
            let ours = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
            if let (Ok(stream), Ok(place)) = (ours, places.clone().try_acquire_owned()) {
                open((stream, peer), Ok(place));
            }
        }
    }
    // A connection whose request has not come yet counts as idle, and would be closed under it.
    tokio::time::sleep(LAST_CALL).await;
    let _ = tokio::time::timeout(FAREWELL, graceful.shutdown()).await;
}
