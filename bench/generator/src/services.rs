//! Services, their sizes and the applications they belong to.

use rand::seq::SliceRandom;

use crate::params::GeneratorParams;
use crate::rng::{Stream, stream};

/// No service is larger than this or the number of hosts, whichever is more.
const LARGEST: usize = 4;

/// Services and their components; the components of a service are numbered consecutively.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    /// The first component of every service, and the number of components at the end.
    first: Vec<usize>,
    /// The service of every component.
    pub(crate) service_of: Vec<usize>,
    per_application: usize,
}

impl Services {
    /// Services whose sizes are skewed, in random order.
    pub(crate) fn new(params: &GeneratorParams, hosts: usize) -> Self {
        let mut rng = stream(params.seed, Stream::Services);
        let components = params.components.max(1);
        let services = params.services.clamp(1, components);
        let mut sizes = skewed(services, params.size_skew)
            .map(|share| 1 + (share * (components - services) as f64) as usize)
            .map(|size| size.min(hosts.max(LARGEST)))
            .collect::<Vec<_>>();
        let mut missing = components - sizes.iter().sum::<usize>();
        // What rounding and the limit left over goes round, from the smallest up.
        for service in (0..services).rev().cycle().take(missing) {
            sizes[service] += 1;
            missing -= 1;
        }
        debug_assert_eq!(missing, 0);
        sizes.shuffle(&mut rng);
        let mut first = vec![0];
        first.extend(sizes.iter().scan(0, |end, size| {
            *end += size;
            Some(*end)
        }));
        let service_of =
            sizes.iter().enumerate().flat_map(|(s, &size)| std::iter::repeat_n(s, size)).collect();
        Self { first, service_of, per_application: params.services_per_application.max(1) }
    }

    /// Number of services.
    pub(crate) fn len(&self) -> usize {
        self.first.len() - 1
    }

    /// Number of components.
    pub(crate) fn components(&self) -> usize {
        self.service_of.len()
    }

    /// The components of a service.
    pub(crate) fn members(&self, service: usize) -> std::ops::Range<usize> {
        self.first[service]..self.first[service + 1]
    }

    /// The application of a service.
    pub(crate) fn application(&self, service: usize) -> usize {
        service / self.per_application
    }

    /// The services of the application of a service.
    pub(crate) fn siblings(&self, service: usize) -> std::ops::Range<usize> {
        let start = self.application(service) * self.per_application;
        start..(start + self.per_application).min(self.len())
    }

    /// The name of a service.
    pub(crate) fn name(&self, service: usize) -> String {
        format!("s{service}")
    }

    /// The name of a component.
    pub(crate) fn component_name(&self, component: usize) -> String {
        let service = self.service_of[component];
        format!("s{service}.{}", component - self.first[service])
    }
}

/// `count` shares that sum to 1 and fall with their rank; `skew` from 0 (equal) to 1 (as 1/rank).
pub(crate) fn skewed(count: usize, skew: f64) -> impl Iterator<Item = f64> {
    let weight = move |rank: usize| 1.0 - skew + skew / (rank + 1) as f64;
    let total = (0..count).map(weight).sum::<f64>();
    (0..count).map(move |rank| weight(rank) / total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_skewed_and_complete() {
        let params = GeneratorParams::default().with_components(20, 200);
        let services = Services::new(&params, 60);
        let mut sizes = (0..20).map(|s| services.members(s).len()).collect::<Vec<_>>();
        sizes.sort_unstable();
        assert_eq!(sizes.iter().sum::<usize>(), 200);
        assert!(sizes[0] >= 1 && sizes[19] >= 3 * sizes[10], "{sizes:?}");
    }

    #[test]
    fn services_do_not_outgrow_the_components() {
        let services = Services::new(&GeneratorParams::default().with_components(9, 4), 1);
        assert_eq!((services.len(), services.components()), (4, 4));
    }
}
