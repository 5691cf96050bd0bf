namespace Semel.Broker.Sequencing;

/// <summary>Somebody who is told when a moment has come. Called on the one thread that tells all of them: do little, never wait.</summary>
internal interface IDeadlineOwner
{
    /// <summary>The deadline has come and is forgotten: whoever has another one says so again. It may have been moved meanwhile, so it is to be
    /// looked at.</summary>
    /// <param name="now">By the steady clock.</param>
    void DeadlineCame(TimeSpan now);
}
