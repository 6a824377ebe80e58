//! Ports on loopback that nobody else listens on.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, TcpListener},
};

use crate::error::DemoError;

/// Where hub and vendors listen.
#[derive(Debug, PartialEq, Eq)]
pub struct Ports {
    pub hub: u16,
    pub google: u16,
    pub microsoft: u16,
    pub hubspot: u16,
}

impl Ports {
    /// The wanted ports, in the order of the fields, each replaced by a free one where it is
    /// taken; with a notice for each that was. 0 takes any free one.
    ///
    /// # Errors
    /// Where the system has no free port.
    pub fn choose(wanted: [u16; 4]) -> Result<(Self, Vec<String>), DemoError> {
        // All are held until the last is chosen, so that none is given out twice.
        let mut held = Vec::new();
        let mut notices = Vec::new();
        for (port, whose) in wanted.into_iter().zip(["the hub", "Google", "Microsoft", "HubSpot"]) {
            let listener = match hold(port) {
                Ok(listener) => listener,
                Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(DemoError::System)?,
            };
            let chosen = listener.local_addr().map_err(DemoError::System)?.port();
            if port != 0 && chosen != port {
                notices.push(format!("Port {port} is taken: {whose} listens on {chosen} instead."));
            }
            held.push((listener, chosen));
        }
        let mut chosen = held.iter().map(|(_, port)| *port);
        let mut next = || chosen.next().unwrap_or_default();
        let ports = Self { hub: next(), google: next(), microsoft: next(), hubspot: next() };
        Ok((ports, notices))
    }
}

/// Binds the port on IPv4 if it is free on IPv6 too: `localhost` leads browsers to that first.
fn hold(port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    match TcpListener::bind((Ipv6Addr::LOCALHOST, listener.local_addr()?.port())) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        // A machine may have no IPv6.
        _ => Ok(listener),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_replaced_and_told() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let (ports, notices) = Ports::choose([port, 0, 0, 0]).unwrap();
        assert_ne!(ports.hub, port);
        assert_eq!(
            notices,
            [format!("Port {port} is taken: the hub listens on {} instead.", ports.hub)]
        );
    }

    #[test]
    fn no_port_is_given_out_twice() {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let (ports, notices) = Ports::choose([port; 4]).unwrap();
        // Another process may have taken it meanwhile.
        assert!(notices.len() >= 3, "{notices:?}");
        let mut all = [ports.hub, ports.google, ports.microsoft, ports.hubspot];
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{all:?}");
    }
}
