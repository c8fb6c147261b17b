/// placeholder
pub struct Trained;
/// placeholder
pub struct TrainError;
/// placeholder
pub fn train() {}
