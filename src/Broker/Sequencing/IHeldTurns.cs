namespace Semel.Broker.Sequencing;

/// <summary>Turns that wait for whoever holds them: run them soon, and once. Until then everybody else who has commands for them waits as well.</summary>
internal interface IHeldTurns
{
    void Run();
}
