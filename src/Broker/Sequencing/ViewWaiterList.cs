namespace Semel.Broker.Sequencing;

/// <summary>
/// Who waits for the next view of one log. Each is woken once and has to come again.
/// No wake-up is lost when a waiter adds itself first and looks at the view afterwards, and the publisher publishes first and wakes afterwards.
/// </summary>
internal sealed class ViewWaiterList
{
    /// <summary>One waiter in the list: what is needed to leave it again.</summary>
    internal sealed class Place(IViewWaiter waiter)
    {
        internal readonly IViewWaiter Waiter = waiter;
        internal Place? Previous, Next;
        internal bool IsListed;
    }

    readonly Lock _gate = new();
    Place? _first;

    public Place Add(IViewWaiter waiter)
    {
        var place = new Place(waiter) { IsListed = true };
        lock (_gate)
        {
            place.Next = _first;
            if (_first is not null) _first.Previous = place;
            _first = place;
        }
        return place;
    }

    public void Remove(Place place)
    {
        lock (_gate)
        {
            if (!place.IsListed) return;
            place.IsListed = false;
            if (place.Previous is null) _first = place.Next; else place.Previous.Next = place.Next;
            if (place.Next is not null) place.Next.Previous = place.Previous;
        }
    }

    public void WakeAll()
    {
        Place? woken;
        lock (_gate)
        {
            woken = _first;
            _first = null;
            for (var place = woken; place is not null; place = place.Next) place.IsListed = false;
        }
        for (; woken is not null; woken = woken.Next) woken.Waiter.ViewChanged();
    }
}
