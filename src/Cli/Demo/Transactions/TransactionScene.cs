namespace Semel.Cli.Demo.Transactions;

/// <summary>What happens while the job takes some inputs and writes their results in one transaction. Wherever it does not come to a commit, the same inputs
/// are taken again.</summary>
public enum TransactionScene
{
    Commit,
    /// <summary>The job changes its mind, aborts, and does it again.</summary>
    Abort,
    /// <summary>The broker has committed, and its answer is lost with the connection: the job asks again.</summary>
    CommitAnswerLost,
    /// <summary>SIGKILL to the job when the results are in the log and the position is not.</summary>
    JobKilledBeforeOffsets,
    /// <summary>SIGKILL to the job when it has written everything and not asked for the commit.</summary>
    JobKilledBeforeCommit,
    /// <summary>The job asks for the commit, the request is lost, and the job is killed.</summary>
    JobKilledCommitLost,
    /// <summary>The broker has committed; the job is killed before it hears of it. Its successor must not take these inputs again.</summary>
    JobKilledCommitDone,
    /// <summary>SIGKILL to the broker in the middle of the transaction, which goes on and commits.</summary>
    BrokerKilledInside,
    /// <summary>SIGKILL to the broker when it has committed, and before it could say so.</summary>
    BrokerKilledAtCommit,
    /// <summary>The job stands still in the middle; a successor does its work; then it wakes up and commits.</summary>
    ZombieWakesUp,
}
