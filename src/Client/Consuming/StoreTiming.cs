namespace Semel.Client.Consuming;

/// <summary>When a record counts as finished (enable.auto.offset.store, auto.offset.store.timing).</summary>
internal enum StoreTiming
{
    /// <summary>When the application asks for the next one, or the next batch (C-41).</summary>
    OnNext,
    /// <summary>When it is handed out: at most once.</summary>
    OnDelivery,
    /// <summary>When the application says so, with StoreOffset.</summary>
    Told,
}
